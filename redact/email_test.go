package redact_test

import (
	"testing"

	"mayfly/redact"
)

// R78
func TestEmail(t *testing.T) {
	checkTable(t, newRedactor(t, redact.Options{}), redact.Email, []string{
		"«jane@example.com»",
		"Write to «jane.roe+news@mail.example.co.uk».",
		"<«jane@example.com»>, mailto:«jane@example.com»?subject=x",
		"\"«jane@example.com»\" and '«joe_x@example.org»'",
		"a=1&mail=«jane@example.com»&b=2",
		"«o'brien-smith@example.museum»!",
		"«Jane.Roe@EXAMPLE.COM»",
		"«почта@пример.рф», «jörg@müller.de»",
		"«jane@xn--mller-kva.xn--p1ai»",
		"我的邮箱是«bob@example.com»谢谢",
		"メール：«bob@example.co.jp»です",
		"«ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ»",
		"«jane＠example。com»",
		"«ja\u200bne@exa\u200bmple.c\u2060om»",
		"«jane\u200b@\u200bexample.com»",
		"«jane @ example.com», «jane@ example.com», «jane @ example . com»",
		"«jane at example dot com»",
		"I am «jane dot roe at mail dot example dot org», she said",
		"«jane [at] example [dot] com», «jane(at)example.com», «jane {at} example{dot}com»",
		"«jane <at> example <dot> com»",
		"«jane AT example DOT com»",
		"«jane.roe at example.com»",
		"«jane at gmail.com»",
		"My e-mail is «jane at example.com»",
		"«jane[@]example[.]com»",
		"«jane%40example.com»",
		"mail: «j a n e @ e x a m p l e . c o m», «j o e @ example.com»",
		"«jane-at-example-dot-com», «jane_at_example_dot_org», «jane *at* example *dot* com», «jane -at- example -dot- com»",
		"«jane&#64;example.com», «jane@ example .com», «jane at mail.example dot com»",
		"«jane&#064;example.com», «jane&#x40;example.com», «jane&commat;example.com», «jane\\u0040example.com»",
		"«jane at sign example dot com», «jane 'at' example 'dot' com», «jane \"at\" example \"dot\" com»", "«jane((at))example((dot))com», «jane[[at]]example.com»", "«\"jane\"@example.com»",
		"Contact me at «jane_at_example_dot_com» or me at «j.roe-at-example-dot-com», me at «jane [dot] roe [at] example [dot] com»", "«jane at example dot company» (work)", "\"«m a r i a @ example.com»\"",
		"«12345@qq.com» «bob@163.com»",
		"«jane@example.com.Then»",
		"«jane@example.com»-x",
		"«a@b.co»,«c@d.co»",
		"**«jane@example.com»** `«jane@example.com»` |«jane@example.com»|",
	})
}

func TestEmailNot(t *testing.T) {
	checkTable(t, newRedactor(t, redact.Options{}), redact.Email, []string{
		"@jane said hi", "root@localhost", "npm i lodash@4.17.21", "pkg@1.2.3-beta.rc1 x", "5 @ 3.50", "a @ b",
		"look at example.com", "look at example dot com", "We booked at example dot com.", "she is at example dot org now", "Meet me at noon. Thanks", "We are at it dot after dot", "She was at home dot the end",
		"at example dot com", "that at last", "[at] [dot]", "jane@", "@example.com", "jane@example", "jane@.com", "jane@example.c",
		"at\nexample dot com", "look at this dot here", "x@y.1",
		"at 10 dot 5", "created_at_users.id", "x-at-y-dot-z", "look-at-me.io", "a b c @ d e f", "&#65;example.com", "a&#64;b", "arrived at 10.30 at gate 5",
	})
}
