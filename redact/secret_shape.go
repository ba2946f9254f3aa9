package redact

// shape is how the keys of a service begin and what follows.
type shape struct {
	head  string
	least int   // bytes that follow, at least
	body  uint8 // what they are made of
}

const (
	hexBody  = isHex
	wordBody = inWord // also . where dots is set
	runBody  = inRun
)

// shapes are the keys that say by their beginning what they are, as the
// services document them.
var shapes = []shape{
	// Models and their hosts.
	{"sk-", 20, wordBody}, {"sk_", 20, wordBody}, {"gsk_", 20, wordBody}, {"hf_", 20, wordBody}, {"api_org_", 20, wordBody}, {"r8_", 20, wordBody}, {"pplx-", 20, wordBody}, {"xai-", 20, wordBody}, {"nvapi-", 20, wordBody}, {"ek_", 20, wordBody}, {"fw_", 20, wordBody}, {"tgp_v1_", 20, wordBody}, {"jina_", 20, wordBody}, {"lsv2_", 20, wordBody}, {"pcsk_", 20, wordBody},
	// Code.
	{"ghp_", 20, wordBody}, {"gho_", 20, wordBody}, {"ghu_", 20, wordBody}, {"ghs_", 20, wordBody}, {"ghr_", 20, wordBody}, {"github_pat_", 20, wordBody},
	{"glpat-", 20, runBody}, {"glptt-", 20, wordBody}, {"gldt-", 16, wordBody}, {"glrt-", 16, runBody}, {"glcbt-", 16, wordBody}, {"glsoat-", 16, wordBody}, {"GR1348941", 16, wordBody}, {"glft-", 16, wordBody}, {"glimt-", 16, wordBody}, {"glagent-", 16, wordBody}, {"gloas-", 20, wordBody},
	{"npm_", 30, wordBody}, {"pypi-AgE", 30, wordBody}, {"rubygems_", 30, wordBody}, {"dckr_pat_", 20, wordBody}, {"dckr_oat_", 20, wordBody}, {"ATATT3", 30, runBody | isAlnum}, {"ATCTT3", 30, runBody}, {"ATBB", 24, wordBody}, {"CLOJARS_", 40, wordBody}, {"sgp_", 30, wordBody}, {"circle", 60, hexBody}, {"CCIPAT_", 20, wordBody}, {"oy2", 43, isAlnum}, {"bkua_", 30, wordBody}, {"cio", 38, isAlnum},
	// Clouds.
	{"AKIA", 16, isAlnum}, {"ASIA", 16, isAlnum}, {"ABIA", 16, isAlnum}, {"ACCA", 16, isAlnum}, {"A3T", 17, isAlnum}, {"ABSK", 40, runBody}, {"AIza", 30, wordBody}, {"ya29.", 20, wordBody}, {"GOCSPX-", 20, wordBody}, {"1//0", 30, wordBody}, {"4/0A", 30, wordBody}, {"LTAI", 16, isAlnum}, {"AKID", 28, isAlnum}, {"dop_v1_", 40, hexBody}, {"doo_v1_", 40, hexBody}, {"dor_v1_", 40, hexBody}, {"EAAC", 60, isAlnum}, {"EAAA", 40, wordBody}, {"fo1_", 30, wordBody}, {"fm1_", 40, runBody}, {"fm2_", 40, runBody}, {"HRKU-", 30, wordBody}, {"nfp_", 30, wordBody}, {"vcp_", 20, wordBody}, {"vck_", 20, wordBody}, {"sbp_", 30, wordBody}, {"sb_secret_", 16, wordBody}, {"dapi", 32, hexBody}, {"CFPAT-", 30, wordBody}, {"v1.0-", 100, wordBody}, {"scw", 36, wordBody}, {"LS0tLS1CRUdJTi", 40, runBody}, {"AVNS_", 16, wordBody}, {"pscale_tkn_", 20, runBody}, {"pscale_pw_", 20, runBody}, {"pscale_oauth_", 20, runBody}, {"ops_ey", 40, wordBody}, {"A3-", 20, wordBody}, {"hvs.", 20, wordBody}, {"hvb.", 20, wordBody}, {"hvr.", 20, wordBody}, {"dp.pt.", 20, runBody}, {"dp.st.", 20, runBody}, {"dp.ct.", 20, runBody}, {"dp.sa.", 20, runBody}, {"pul-", 32, hexBody}, {"eyJrIjoi", 30, runBody}, {"v2.local.", 40, runBody}, {"v3.local.", 40, runBody}, {"v4.local.", 40, runBody}, {"v2.public.", 40, runBody}, {"v3.public.", 40, runBody}, {"v4.public.", 40, runBody}, {"AGE-SECRET-KEY-1", 40, isAlnum}, {"tskey-", 16, wordBody}, {"infracost", 20, wordBody}, {"tfp_", 40, wordBody},
	// Messages and mail.
	{"xoxb-", 16, wordBody}, {"xoxp-", 16, wordBody}, {"xoxa-", 16, wordBody}, {"xoxo-", 16, wordBody}, {"xoxr-", 16, wordBody}, {"xoxs-", 16, wordBody}, {"xoxe-", 16, wordBody}, {"xoxe.xox", 16, runBody}, {"xoxc-", 16, wordBody}, {"xoxd-", 16, runBody}, {"xapp-", 16, wordBody}, {"xwfp-", 16, wordBody}, {"hooks.slack.com/services/", 20, runBody}, {"hooks.slack.com/workflows/", 20, runBody}, {"discord.com/api/webhooks/", 30, runBody}, {"discordapp.com/api/webhooks/", 30, runBody},
	{"SG.", 40, runBody}, {"SK", 32, hexBody}, {"AC", 32, hexBody}, {"key-", 32, hexBody}, {"pubkey-", 32, hexBody}, {"xkeysib-", 40, wordBody}, {"xsmtpsib-", 40, wordBody}, {"md-", 22, wordBody}, {"mlsn.", 40, hexBody}, {"re_", 20, wordBody},
	// Money and shops.
	{"sk_live_", 10, wordBody}, {"sk_test_", 10, wordBody}, {"rk_live_", 10, wordBody}, {"rk_test_", 10, wordBody}, {"pk_live_", 10, wordBody}, {"pk_test_", 10, wordBody}, {"whsec_", 20, runBody}, {"sq0atp-", 20, wordBody}, {"sq0csp-", 30, wordBody}, {"sq0idp-", 20, wordBody}, {"access_token$", 40, wordBody}, {"rzp_live_", 14, wordBody}, {"rzp_test_", 14, wordBody}, {"FLWSECK", 16, wordBody}, {"FLWPUBK", 16, wordBody}, {"shpat_", 32, hexBody}, {"shpca_", 32, hexBody}, {"shppa_", 32, hexBody}, {"shpss_", 32, hexBody}, {"EZAK", 40, wordBody}, {"EZTK", 40, wordBody}, {"shippo_live_", 40, hexBody}, {"shippo_test_", 40, hexBody}, {"duffel_live_", 30, wordBody}, {"duffel_test_", 30, wordBody}, {"amzn.mws.", 36, wordBody}, {"live_", 30, wordBody}, {"plaid-", 20, wordBody}, {"access-sandbox-", 30, wordBody}, {"access-production-", 30, wordBody}, {"access-development-", 30, wordBody},
	// Work and watching.
	{"lin_api_", 30, wordBody}, {"lin_oauth_", 30, wordBody}, {"ntn_", 30, wordBody}, {"secret_", 40, isAlnum}, {"figd_", 30, wordBody}, {"figu_", 30, wordBody}, {"PMAK-", 40, wordBody}, {"pat-na1-", 30, wordBody}, {"pat-eu1-", 30, wordBody}, {"NRAK-", 20, wordBody}, {"NRJS-", 15, wordBody}, {"NRII-", 20, wordBody}, {"NRAA-", 20, wordBody}, {"sntrys_", 30, runBody}, {"sntryu_", 40, hexBody}, {"glsa_", 30, wordBody}, {"glc_", 30, runBody}, {"phc_", 30, wordBody}, {"phx_", 30, wordBody}, {"dt0c01.", 40, runBody}, {"dt0s01.", 40, runBody}, {"dt0s16.", 40, runBody}, {"ddp_", 30, wordBody}, {"dd_api_", 30, wordBody}, {"rdme_", 40, wordBody}, {"sonar", 40, hexBody}, {"sqp_", 40, hexBody}, {"squ_", 40, hexBody}, {"sqa_", 40, hexBody}, {"LDAP-", 40, wordBody}, {"apify_api_", 20, wordBody}, {"atlasv1.", 40, wordBody}, {"patw", 20, runBody}, {"cal_live_", 20, wordBody}, {"mfa_", 20, wordBody}, {"nf_", 40, wordBody}, {"tly_", 30, wordBody}, {"sdk-", 36, wordBody}, {"api-", 36, wordBody}, {"mob-", 36, wordBody}, {"ICO-", 30, wordBody}, {"ico-", 30, wordBody}, {"p8e-", 30, wordBody}, {"zpka_", 20, wordBody},
}

// shapesBy are the shapes by their first byte.
var shapesBy = func() (by [128][]shape) {
	for _, s := range shapes {
		by[s.head[0]] = append(by[s.head[0]], s)
	}
	return by
}()

// shaped finds a key of a known shape that begins at byte start.
func (w *window) shaped(start int) (Span, bool) {
	first := w.byteAt(start)
	if first >= 128 {
		return Span{}, false
	}
	switch first {
	case 'e':
		if m, ok := w.webToken(start); ok || w.short {
			return m, ok
		}
	case 'M', 'N', 'O':
		if m, ok := w.chatToken(start); ok || w.short {
			return m, ok
		}
	}
	if chars[first]&isHex != 0 {
		if m, ok := w.regionalKey(start); ok || w.short {
			return m, ok
		}
	}
	for k := range shapesBy[first] {
		s := &shapesBy[first][k]
		if !w.literal(start, s.head) {
			if w.short {
				return Span{}, false
			}
			continue
		}
		begin := start + len(s.head)
		end, dense := w.body(begin, s.body)
		if w.short {
			return Span{}, false
		}
		if end-begin >= s.least && dense >= 10 && !w.isMail(end) {
			if s.body&inRun != 0 {
				end = w.padded(end)
			}
			if w.markAt(end) || w.short {
				return Span{}, false
			}
			return w.ended(start, end, s.body)
		}
	}
	return Span{}, false
}

const mostPadded = 8 // bytes

// padded is where a key ends with what some write behind it: one or two equals
// signs, and a check.
func (w *window) padded(i int) int {
	end := i
	for end-i < 2 && w.byteAt(end) == '=' {
		end++
	}
	if end == i {
		return i
	}
	for n := 0; n < mostPadded && chars[w.byteAt(end)]&isAlnum != 0; n++ {
		end++
	}
	return end
}

// chatToken finds the token of a program that talks in a chat (Discord): three
// parts with dots between them.
func (w *window) chatToken(start int) (Span, bool) {
	first, _ := w.body(start, isAlnum)
	if n := first - start; n < 23 || n > 28 || w.byteAt(first) != '.' {
		return Span{}, false
	}
	second, _ := w.body(first+1, inWord)
	if second-first != 7 || w.byteAt(second) != '.' {
		return Span{}, false
	}
	end, _ := w.body(second+1, inWord)
	if w.short || end-second < 28 || w.markAt(end) || w.short {
		return Span{}, false
	}
	return w.ended(start, end, inWord)
}

// regionalKey finds 32 hexadecimal digits with the name of a data centre behind
// them (Mailchimp): -us12.
func (w *window) regionalKey(start int) (Span, bool) {
	const digits = 32
	end := start
	for end-start <= digits && chars[w.byteAt(end)]&isHex != 0 {
		end++
	}
	if end-start != digits || !w.literal(end, "-us") {
		return Span{}, false
	}
	end += len("-us")
	from := end
	for end-from < 3 && w.byteAt(end)-'0' < 10 {
		end++
	}
	if end == from || w.short || !w.alone(end) || w.short {
		return Span{}, false
	}
	return Span{Start: start, End: end, Kind: Secret}, true
}

// isMail says whether what ends before byte i is the name of an address.
func (w *window) isMail(i int) bool { return w.byteAt(i) == '@' }

// body reads what a key is made of, and the length of its longest row of
// letters and digits: words with dashes have none that is long. A dot at its
// end is the sentence's, but before a mark: what that stands for went on it.
func (w *window) body(i int, class uint8) (end, dense int) {
	begin, row := i, 0
	for ; i-begin < secretHead; i++ {
		c := w.byteAt(i)
		if chars[c]&class == 0 {
			break
		}
		if row++; chars[c]&isAlnum == 0 {
			row = 0
		}
		dense = max(dense, row)
	}
	if i-begin < secretHead && i > begin && w.b[i-1] == '.' && !w.markAt(i) {
		for i > begin && w.b[i-1] == '.' {
			i--
		}
	}
	return i, dense
}

// webToken finds a JSON web token (RFC 7519), signed, encrypted or neither.
func (w *window) webToken(start int) (Span, bool) {
	if !w.literal(start, "eyJ") {
		return Span{}, false
	}
	dot, _ := w.body(start, inWord)
	if w.short || dot-start < 16 {
		return Span{}, false
	}
	if dot-start == secretHead { // its head alone is as long
		return w.ended(start, dot, inRun)
	}
	if w.byteAt(dot) != '.' {
		return Span{}, false
	}
	second, _ := w.body(dot+1, inWord)
	if w.short || second-dot < 8 {
		return Span{}, false
	}
	end, _ := w.body(start, inRun)
	if w.short || w.markAt(end) {
		return Span{}, false
	}
	return w.ended(start, end, inRun)
}
