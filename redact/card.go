package redact

// card finds the number of a payment card at the beginning of n.
func (w *window) card(n *number) (Span, bool) {
	for k := n.n; k > 0; k-- {
		digits := n.digits[:n.groups[k-1].upTo]
		if len(digits) < 12 {
			break
		}
		if !luhn(digits) || !n.cardGaps(k) || constant(digits) {
			continue
		}
		last := n.groups[k-1].end
		listed := len(digits) > 12 && n.cardShape(k) && w.byteAt(last) == ',' // no amount is as long: the next of a list follows
		if !listed && !w.cardEnds(last) {
			continue
		}
		if k == 1 && w.words(n.groups[0].start, goodsWords) > 0 {
			continue
		}
		// There are debit cards of every length: the words before tell.
		if issued(digits) && (n.cardShape(k) || n.spelled(k) && !w.goesOn(last)) || w.words(n.groups[0].start, cardWords) > 0 {
			return Span{Start: n.groups[0].start, End: last, Kind: Card}, true
		}
	}
	return Span{}, false
}

// cardEnds says whether a card may end before byte i: it is neither a part of
// a word nor an amount.
func (w *window) cardEnds(i int) bool {
	if !w.endsAt(i) {
		return false
	}
	if c, start, n := w.visible(i); c == '.' || c == ',' {
		next, at, _ := w.visible(start + n)
		return !isDigit(next) && !w.markAt(at)
	}
	return true
}

// constant says whether all digits are the same: zeros pass every check.
func constant(digits []byte) bool {
	for _, d := range digits {
		if d != digits[0] {
			return false
		}
	}
	return true
}

// cardGaps says whether the first k groups are separated as those of a card.
func (n *number) cardGaps(k int) bool {
	for i := 1; i < k; i++ {
		if n.groups[i].gap&(gapOpen|gapClose|gapSlash) != 0 {
			return false
		}
	}
	return true
}

// cardShape says whether the first k groups are set as those of a card. Rows
// of numbers that happen to pass the check are not.
func (n *number) cardShape(k int) bool {
	if k == 1 {
		return true
	}
	switch n.shape(k) {
	case 0x4444, 0x4443, 0x4442, 0x4441, 0x44443, 0x44442, 0x44441, 0x4454, 0x4435, 0x465, 0x464, 0x466, 0x448, 0x484, 0x88, 0x4C, 0xC4, 0x6A, 0x4B, 0x4A, 0x69:
		return true
	}
	return false
}

// spelled says whether the first k groups are the digits of a card one by one
// or in pairs, and nothing else stands in the row.
func (n *number) spelled(k int) bool {
	if k != n.n || k < 8 {
		return false
	}
	for i := range k {
		if n.size(i) != n.size(0) {
			return false
		}
	}
	return true
}

// goodsWords are said before the number of a thing, of which one in ten passes
// the check of a card.
var goodsWords = naming("ean", "gtin", "upc", "isbn", "issn", "barcode", "imei", "strichcode")

// cardWords are said before a card.
var cardWords = map[string]int8{
	"card": 2, "cards": 2, "cc": 2, "creditcard": 2, "credit": 2, "debit": 2, "pan": 2, "visa": 2, "mastercard": 2, "maestro": 2, "amex": 2, "jcb": 2, "diners": 2, "discover": 2, "unionpay": 2,
	"carte": 2, "karte": 2, "kreditkarte": 2, "kartennummer": 2, "kaart": 2, "kreditkort": 2, "kort": 2, "kortti": 2, "tarjeta": 2, "cartão": 2, "cartao": 2, "carta": 2, "kartı": 2, "karty": 2, "karta": 2, "kártya": 2, "kart": 2, "карта": 2, "карты": 2, "картой": 2, "кредитка": 2, "κάρτα": 2, "بطاقة": 2, "כרטיס": 2, "カード": 2, "카드": 2, "卡号": 2, "信用卡": 2, "卡": 2, "कार्ड": 2, "บัตร": 2,
	"number": 0, "numbers": 0, "no": 0, "nr": 0, "num": 0, "is": 0, "the": 0, "my": 0, "nummer": 0, "ist": 0, "numéro": 0, "número": 0, "numero": 0, "de": 0, "di": 0, "est": 0, "es": 0, "è": 0, "ending": 0, "this": 0, "номер": 0,
}
