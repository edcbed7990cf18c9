"""How a question that follows another is put, in Chinese and in English."""

import re

END = r"[\s？?。.！!，,]*$"
ONLY = re.compile(
    r"^(?:那么?|请|麻烦)?(?:就|先)?(?:只|仅|单|光)(?:看|问|要|查|说|引)(?P<rest>.+)$"
    r"|^(?:and |but |now |please |show |just |ask )*(?:only|just)"
    r"(?: (?:show|ask|by|from|in|the|those|ones|essays?|of|me))* (?P<english>.+)$",
    re.IGNORECASE,
)
_ASIDE = r"(?:以外|之外|外)?的?(?:其他|其余|别的)?的?(?:人|作者|文章)?(?:们)?(?:都)?(?:是)?(?:呢|怎么看|怎么说|怎么想)?"
EXCEPT = re.compile(
    r"^(?:那么?|请|麻烦)?(?:就|先)?(?:除了?|除开|除去|撇开|抛开|排除|去掉|不(?:看|问|查|要|引|包括)(?!好))(?P<rest>[^，,：:]+?)"
    + _ASIDE
    + rf"(?:{END}|[，,：:](?P<asked>.+)$)"
    + r"|^(?:and |but |now |please |show |ask )*(?:(?:all|everyone|everybody|anyone|the others|the rest|essays) )?"
    + r"(?:except(?: for)?|excluding|without|leaving out|other than|apart from|but not|not)"
    + r"(?: (?:the|those|ones|essays?|by|from))* (?P<english>[^,:，：]+?)"
    + rf"(?:{END}|[,:，：](?P<question>.+)$)",
    re.IGNORECASE,
)
_AGAINST = r"(?:反对|不同意|不赞成|不认同|质疑|反驳|唱反调|持?(?:反对|不同|相反)的?(?:意见|看法|观点|态度|声音))"
OPPOSED = re.compile(
    r"^(?:那么?|可是?|但是?)?(?:反过来|反之|相反|反方|反对(?:者|派|的人|的声音)|"
    + _AGAINST
    + r"|(?:有没有|有)?(?:谁|人|作者|文章|哪些?人|哪些?作者|哪些?文章|哪几?[位篇])?(?:会|是|曾)?"
    + _AGAINST
    + r")(?:的人|的作者)?(?:(?:又|是)?(?:怎么看|怎么说|怎么想|什么|哪些))?(?:呢|吗|么)?"
    + END
    + r"|^(?:and |but |so )?(?:(?:who|anyone|anybody|does (?:anyone|anybody)|do any(?: of them)?|which of them)"
    + r" (?:disagrees?|objects?|opposes?)(?: (?:with|to) (?:this|that|it|them|him|her))?"
    + r"|on the other hand|conversely|the (?:opposite|other side|contrary)"
    + r"|(?:(?:are|is) there |what are (?:the )?)?(?:any |the )?"
    + r"(?:objections?|counter-?arguments?|disagreements?|dissent|(?:opposing|opposite|contrary) (?:views?|opinions?)))"
    + END,
    re.IGNORECASE,
)
OTHERS = re.compile(
    r"^(?:那么?)?(?:其他|其它|其余|别的|另外)的?(?:几?[位篇个])?(?:人|作者|文章|几位|几篇)?(?:们)?(?:呢|怎么看|怎么说|怎么想|也这么看吗|同意吗)*"
    + END
    + r"|^(?:别人|还有谁|还有别人)(?:呢|怎么看|怎么说|怎么想)*"
    + END
    + r"|^(?:and |but )?(?:what|how) (?:about|do) (?:the )?(?:others?|other (?:authors|essays|writers))"
    + r"(?: (?:think|say))?"
    + END
    + r"|^(?:and |but )?(?:the others?|the rest|anyone else|anybody else|who else)"
    + END,
    re.IGNORECASE,
)
MORE = re.compile(
    r"^(?:还有(?:吗|呢|别的吗|什么|其他的吗)?|(?:然后|接着|其次|另外|此外|后来|细节|具体)呢|除此(?:之外|以外)?(?:呢|还有吗|还有什么)?|除了(?:这些|以上|上面的?|这个|这一?点)(?:之外|以外)?(?:呢|还有吗|还有什么|还有别的吗)?"
    r"|(?:就|只有)(?:这些|这么多)(?:了|吗)*|没有(?:了|别的|其他的|更多的?)(?:了|吗)*|还有没有|继续|再多一点|多说一点|更多|(?:请?说|讲)?(?:得)?(?:具体|详细)(?:一?点|一?些|说说|讲讲)?)"
    + END
    + r"|^(?:and |any)*(?:more|what else|anything else|and then"
    + r"|(?:besides|apart from|other than) (?:that|this|these|those)"
    + r"|(?:is )?that(?:[’']s| is)? (?:all|it)|go on|continue|tell me more|in more detail)"
    + END,
    re.IGNORECASE,
)
WHY = re.compile(
    r"^(?:那|可)?(?:这是)?(?:为什么|为何|凭什么|什么意思|什么原因|依据是什么|有什么依据|(?:有|有什么|有没有)?(?:证据|理由|依据|例子)(?:呢|吗)|理由是什么|怎么说|此话怎讲|比如|比如呢|比如说|例如|"
    r"举个?例子?吧?|有例子吗|能举个?例子吗)(?:呢|吗)?"
    + END
    + r"|^(?:but |and )?(?:why(?: so| not| is that)?|how so|how come|for example|for instance|such as|an example"
    + r"|examples|what evidence|what for|meaning)"
    + END,
    re.IGNORECASE,
)
ABOUT = re.compile(
    r"^(?:那么?|至于)?(?P<zh>.{1,30}?)(?:呢|(?:又|也|是)?(?:怎么看|怎么说|怎么想|怎么认为)(?:的)?(?:呢)?)"
    + END
    + r"|^(?:and |but |so )?(?:what|how) about (?P<about>.{1,60}?)"
    + END
    + r"|^and (?P<en>.{1,40}?)"
    + END
    + r"|^(?:and )?what (?:does|do|did) (?P<who>.{1,40}?) (?:think|say|write)(?: (?:about|of) (?:it|that|this))?"
    + END,
    re.IGNORECASE,
)
ASKS = re.compile(
    r"为什么|为何|怎|如何|什么|哪|谁|吗|是否|多少|\b(?:what|why|how|who|which|when|where)\b", re.IGNORECASE
)
EVERYBODY = re.compile(
    r"^(?:大家|所有人|所有作者|每个人|各位作者|这些作者|这些文章|all|all of them|everyone|everybody"
    r"|(?:all )?(?:the )?(?:authors|essays))$",
    re.IGNORECASE,
)
CALLED = re.compile(r"[^\W\d_]{2,6}|[A-Za-z][A-Za-z.'-]*(?: [A-Za-z][A-Za-z.'-]*){0,3}")
REASON = re.compile(r"为什么|为何|凭什么|原因|理由|依据|\b(?:why|how come|reasons?)\b", re.IGNORECASE)
CLAUSE = re.compile(r"[，,。；;：:？?]")
THEY = re.compile(r"他们|她们|这些人|这几位|\b(?:they|their|them)\b", re.IGNORECASE)
ONE = re.compile(
    r"(?<!其)[他她](?!们|人)|这位作者|这么(?:说|看|想|认为|讲)|这样(?:说|看|想|认为|讲)|"
    r"这一?(?:点|句话|观点|看法|说法|结论|判断|段)|这个(?:观点|看法|说法|结论|判断)|那句话|上面(?:说|提|那|的)|刚才|前面(?:说|提|那)|"
    r"\b(?:he|she|his|her|him)\b|\b(?:say|think|mean|believe|claim)s? (?:so|that|this)\b"
    r"|\b(?:this|that) (?:point|view|claim|idea|sentence|opinion|conclusion)\b",
    re.IGNORECASE,
)
# What only points and asks; a question that has more than this is asked in its own words.
EMPTY = re.compile(
    r"(?:这位作者|作者|自己|为什么|为何|怎么|什么|这么|这样|这一?点|这句话|那句话|这个?(?:观点|看法|说法|结论|判断)|意思|理由|依据|原因|说|看|想|讲|认为|觉得|"
    r"上面|刚才|前面|提到?|可以|能|举个?例子?|具体|详细|解释|一下|一点|[他她们的地得吗呢吧是有会要就又也都还在请])|"
    r"\b(?:why|how|what|does|do|did|is|are|was|were|he|she|they|his|her|their|him|them|say|says|said|think|thinks|mean|means|believe|believes"
    r"|claim|claims|so|that|this|point|view|idea|sentence|opinion|conclusion|by|the|a|an|for|of|can|could|give|example|evidence|reasons?|explain)\b",
    re.IGNORECASE,
)
# Who was cited, and what they said; the rest of the question is the one before.
POINTER = re.compile(
    r"[他她]|[他她]们|这位作者|这些作者|这一?篇(?:文章)?|这几篇(?:文章)?|he|him|she|her|they|them"
    r"|(?:this|that) (?:one|essay|author)"
    r"|(?:these|those) (?:ones|essays|authors)",
    re.IGNORECASE,
)
AGREES = re.compile(
    r"^(?:那么?)?(?P<zh>.{1,30}?)(?:也|又|会|是不是|是否)*(?:同意|赞成|反对|认同|这么[看想说]|这样[看想说]|这么认为)(?:吗|呢|么)"
    + END
    + r"|^(?:and |but |so )?(?:does|do|did|would) (?P<en>.{1,40}?) (?:also )?(?:dis)?(?:agree|think so|say so)"
    + r"(?: (?:with|on) (?:this|that|it|him|her|them))?"
    + END,
    re.IGNORECASE,
)
# What the last question cannot be asked about.
CONDITION = re.compile(
    r"^(?:如果|要是|假如|假设|万一|即使|哪怕|因为|没有|没|不是|(?:if|when|without|because)\b)", re.IGNORECASE
)
PEOPLE = re.compile(r"(?:[的些位个]人|作者|[学记读研究]者)$")  # who thinks so is asked, and not what is thought of them
# Said of nothing but what was said before; with EMPTY, what leaves rules nothing to go by.
HOLLOW = re.compile(
    r"前者|后者|第[一二三四五六七八九十\d]+[个篇位点条]?|最近|最新|最早|早期|晚期|前年|去年|今年|以前|之前|以后|来源|出处|谢谢|多谢|感谢|总结|概括|归纳|翻译成?|英文|中文|英语"
    r"|所以|然后|接着|后来|这个?|那个?|它|那又|又怎样|怎样|怎么样|怎么办|真的假的|真的|对不对|对|好|其实|结果|但是|可是|不过|否则|不然|总之|于是|因此|如何|现在|以后|而且|或者|哦|嗯|啊|呀|你|我"
    r"|\b(?:so|and|but|then|really|ok|okay|yes|no|indeed|otherwise|now|well|true|right|it|you|i|me|about|all|else|not|same|please|thanks?|summari[sz]e|translate|in|into|to|english|chinese|first|second|third|last|ones?|former|latter)\b",
    re.IGNORECASE,
)
# The words that ask, and what is asked about: the latter is what "and X?" puts something else in the place of.
FRAME = re.compile(
    r"^(?P<before>.*?(?:怎么看待?|如何看待?|怎样看待?|怎么评价|如何评价|怎么理解|关于|(?<![绝相面反应核校针])对(?![齐话比象手应照抗称错不])于?|什么是|谈到了?"
    r"|(?:谁|哪些?(?:人|作者|文章))(?:会|都)?(?:反对|支持|赞成|不?看好)了?))(?P<topic>[^？?。，,]+?)"
    r"(?P<after>(?:的(?:看法|观点|评价|态度|理解))?(?:是什么|怎么看|有什么看法|怎么说)?[？?。]*)$"
    r"|^(?P<front>.*?\b(?:think|say|write|feel|believe)s? (?:about|of|on)|.*?\bviews? (?:on|of|about)|what is|what are)"
    r" (?P<about>[^?.,]+?)(?P<end>[?.]*)$",
    re.IGNORECASE,
)
