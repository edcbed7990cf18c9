"""Who can have said something: the words in front of 认为 or of “argues”, taken for a speaker or for none.

There is no dictionary of names. Somebody is told by what they are called (老师, 团队, a title in 《》, a Latin name, a
Chinese one by its surname); whoever is not told so is nobody, and the sentence the author's own.
"""

import re
from typing import Literal, NamedTuple

from index.types import Span

Sort = Literal["named", "vague", "pronoun", "own"]

LONGEST = 24  # characters of a speaker in Chinese


class Speaker(NamedTuple):
    sort: Sort
    span: Span


OWN = r"我|笔者|本人|鄙人|个人|本文|本书|全文|小编|咱|自己"
_NOBODY = re.compile(
    r"没有?人|没几个人|无人|谁|哪|什么|怎么|怎样|如何|为何|难道|是否|有没有|会不会|模型|机器|系统|算法|程序|电脑|"
    r"结果$|事实$|数据$|实验$|经验$"
)
_CAUSED = re.compile(r"[让使令被把叫]|给人|容易|值得|可以|不妨|应该|必须|难以|能够|有理由")
_NOW = (
    r"最近|近来|近期|近年来?|日前|今天|昨天|前天|去年|今年|明年|年初|年底|当时|那时候?|此前|之前|以前|过去|从前|"
    r"早年|早先|早就|曾经|曾|"
    r"原来|原先|起初|一开始|至今|现在|如今|目前|后来|随后|前阵子?|前几天|前不久|不久前|"
    r"\d{2,4}\s?年(?!度)(?:\s?\d+\s?月)?(?:\s?\d+\s?日)?"
)
LINKS = re.compile(  # what may stand in front of a speaker
    r"(?:\s|不过|但是?|然而|可是|而且|而后|而|同时|与此同时|其中|此外|另外|所以|因此|于是|比如说?|例如|譬如|"
    r"正如|就像|如同|像|"
    r"尽管|虽然|即使|总之|其实|事实上|实际上|对此|当然|另一方面|一方面|甚至|就?连|最后|首先|其次|接着|然后|"
    r"有趣的是|这里|并且|并|也|" + _NOW + r")*"
)
CONDITION = re.compile(r"(?:因为|由于|如果|假如|假设|要是|若是?|倘若|万一|除非|无论|不管|即便|哪怕|与其)")
ADVERBS = re.compile(  # and what between a speaker and the verb
    r"(?:\s|也|还|又|都|就|则|曾经?|一直|始终|同样|普遍|一致|经常|常常?|总是?|大都|大多|往往|甚至|后来|当时|最近|"
    r"公开|明确|反复|多次|"
    r"进一步|最后|最终|随后|便|却|并|仍然?|依然|似乎|早就|早已|已经?|更|只是|首先|其次|接着|同时|再次|一度|可能|"
    r"也许|或许|大概|一般|"
    r"通常|[会要]|这样|这么|如此|坚定地|固执地|错误地|想当然地|不|没有|特别|非常|自己){1,6}$"
)
_MANY = (
    r"(?:有一?些?的?|有不少|有很多|有许多|不少|很多|许多|多数|"
    r"大多数|大部分|绝大多数|一些|某些|几乎?所有|所有|个别|部分|越来越多的?)"
)
_FOLK = (
    r"(?:人|研究者|从业者|开发者|作者|投资者|消费者|学者|专家|[学作]家|工程师|研究员|科学家|同学|朋友|同行|同事|"
    r"网友|用户|读者|家长|老师|公司|"
    r"企业|机构|媒体|团队|文章|论文|研究|评论)"
)
_VAGUE = re.compile(
    rf"(?:{_MANY}[^，。]{{0,8}}?{_FOLK}们?|人们|大家|众人|外界|业内人?士?|业界|学界|学术界|圈内|圈子里|坊间|网上|"
    rf"网友们?|舆论|媒体|主流|"
    r"批评者们?|反对者们?|支持者们?|怀疑者们?|乐观者|悲观者|乐观派|悲观派|反对派|专家们?|学者们?|评论者|"
    r"评论家们?|旁人|别人|其他人|"
    r"(?:流行|主流|传统|常见|普遍|通常|另|有)(?:的|一)?种?(?:观点|看法|说法|意见|论调|声音))$"
)
_PRONOUN = re.compile(r"(?:[他她]们?|对方|前者|后者|此人|[两二]人|其人)$")
_SURNAME = (
    "赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦许吕张孔曹魏陶姜谢邹苏潘葛范彭鲁袁柳唐薛雷贺倪汤罗郝傅康顾孟黄萧尹姚邵汪毛戴宋庞熊舒屈董梁杜"
    "贾郭徐邱骆夏蔡田胡凌霍柯卢莫丁邓洪崔龚程邢裴陆翁段焦侯武刘龙叶黎乔翟谭冉庄柴廖聂何林马高方任"
)
_NO_NAME = re.compile(
    r"程[序度]|陆续|段落|武[器断]|龙头|胡[乱说]|谢谢|许[多久]|黄金|周[围末期一二三四五六日]|钱包|董事|顾客|"
    r"夏[天季]|田野|高[手度层]|方[便法向案]|"
    r"任[何务]|何[况时必]|马[上路]|林[子业]|叶子|康复|罗列|毛病|石头"
)
_CHINESE = re.compile(rf"(?:[老小阿][{_SURNAME}]|[{_SURNAME}][\u4e00-\u9fff]{{1,2}})$")
_LATIN = re.compile(r"[A-Z][A-Za-zÀ-ž.'’-]*[a-z](?:\s+[A-Za-zÀ-ž][A-Za-zÀ-ž.'’-]*){0,5}$|[A-Z]$")
_CALLED = re.compile(
    r"(?:[哥姐兄]|老师|教授|博士|院士|先生|女士|同学|同事|同行|朋友|好友|友人|导师|老板|领导|经理|总监|主管|"
    r"主任|专家|学者|"
    r"研究员|研究者|研究人员|[学作画]家|批评家|评论家|企业家|工程师|诗人|记者|编辑|投资人|创始人|负责人|发言人|"
    r"主持人|代表|[院校会部市]长|"
    r"总统|总理|主席|CEO|CTO|科学家|团队|公司|机构|研究所|实验室|协会|委员会|官方|政府|法院|媒体|学派|论者|"
    r"主义者|支持者|反对者|批评者|"
    r"怀疑者|拥护者|倡导者|[乐悲]观派|用户|客户|家长|学生|父亲|母亲|爸爸?|妈妈?|爷爷|奶奶|外公|外婆|妻子|丈夫|"
    r"女儿|儿子|大佬|大牛|大神|"
    r"前辈|面试官|整理者|译者|受访者|嘉宾|谷歌|微软|阿里|腾讯|百度|字节|华为|苹果|英伟达|亚马逊|[日时周晨晚]报|"
    r"周刊|新华社|[^》]》)$"
)
ESSAYS = r"(?:报告|研报|白皮书|论文|一文|一书|那篇文章|报道|[Rr]eport|[Pp]aper)"
WRITING = rf"(?:{ESSAYS}|调查|统计|研究)"
_WRITING = re.compile(WRITING + r"$")
_TOO_BARE = re.compile(r"(?:这[个份项篇]?|本|我们的?)?" + WRITING + r"$")
_MINE = re.compile(r"我们?的?(?:一[个位名]|那[个位])?(?!自己|个人)(?P<who>[\u4e00-\u9fff]{1,6})$")
_NOT_WE = re.compile(r"团队|公司|研究|论文|报告|实验室|用户")
_BESIDE = re.compile(r"(?<=[^\s])(?:在|对|就|从|针对|当年)[^，。]{1,18}$")  # 李沐 在报告里 说


def own_names(author: str) -> tuple[str, ...]:
    """What the author of an essay is called in its byline."""
    return tuple(name for name in re.split(r"[，,、/;；（）()\s]+|\band\b", author) if len(name) > 1)


def speaker_in(text: str, start: int, end: int) -> Speaker | None:
    """Who the words in `[start, end)`, which stand in front of a verb of saying, name. None where that is nobody, or
    cannot be told."""
    start = max(start, end - 2 * LONGEST)
    end -= len(text[start:end]) - len(ADVERBS.sub("", text[start:end].rstrip()).rstrip())
    links = LINKS.match(text, start, end)
    begin = links.end() if links else start
    head = text[begin:end]
    if not head or head[0] in "的之" or CONDITION.match(head) or _NOBODY.search(head) or _CAUSED.search(head):
        return None
    return _sorted(head, begin)


def _sorted(head: str, begin: int) -> Speaker | None:
    mine = _MINE.search(head)
    if mine and _CALLED.search(mine["who"]) and not _NOT_WE.search(mine["who"]):
        return Speaker("named", Span(begin + mine.start(), begin + len(head)))
    if re.search(OWN, _BESIDE.sub("", head)):
        return Speaker("own", Span(begin, begin + len(head)))
    for part in (_BESIDE.sub("", head).rstrip(), head.rstrip()):
        vague = _VAGUE.search(part)
        one = None if vague and vague.start() == 0 else _one(part, begin)
        if one or vague:
            return one or Speaker("vague", Span(begin + (vague.start() if vague else 0), begin + len(part)))
    return None


def _one(head: str, begin: int) -> Speaker | None:
    """Somebody in particular."""
    span = Span(begin, begin + len(head))
    if _PRONOUN.fullmatch(head):
        return Speaker("pronoun", span)
    if not 0 < len(head) <= LONGEST or head.endswith(("的", "地", "得")):
        return None
    if _CALLED.search(head) or (_WRITING.search(head) and not _TOO_BARE.fullmatch(head)):
        return Speaker("named", span)
    latin = _LATIN.search(head)
    if latin and (latin.start() == 0 or len(head[: latin.start()].strip()) <= 6):
        return Speaker("named", span)
    if _CHINESE.fullmatch(head) and not _NO_NAME.match(head):
        return Speaker("named", span)
    return None


def subject_of(text: str, sentence: Span) -> Span | None:
    """Somebody at the beginning of a sentence, whatever they do in it."""
    links = LINKS.match(text, *sentence)
    begin = links.end() if links else sentence.start
    for length in range(min(LONGEST, sentence.end - begin), 0, -1):
        head = text[begin : begin + length]
        if (
            _CALLED.search(head)
            and length <= 6
            and not re.search(rf"[，。,：:的在是了有与和从对他她这那两]|{OWN}", head)
        ):
            return Span(begin, begin + length)
        after = text[begin + length : begin + length + 1]
        if _LATIN.fullmatch(head) and not (after.isascii() and after.isalnum()):
            return Span(begin, begin + length)
    return None
