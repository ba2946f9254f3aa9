package notice

import (
	"slices"
	"strings"

	"mayfly/gateway/tenant"
)

// shown are the sentences about what a person shows. {name} is replaced.
type shown struct {
	both, documents       string // what can be shown, before a session
	askBoth, askDocuments string // when it is asked for
	to                    string // who gets them
}

// shownIn are the sentences, by language.
var shownIn = map[string]shown{
	"en": {
		both:         "If you agree, you can show pictures and documents. They are not recorded, and are gone from here when you leave.",
		documents:    "If you agree, you can show documents. They are not recorded, and are gone from here when you leave.",
		askBoth:      "May pictures and documents that you show be used? They serve only to answer you, stay in memory here and are not recorded. What a picture says about where and by whom it was taken is removed first.",
		askDocuments: "May documents that you show be used? They serve only to answer you, stay in memory here and are not recorded. Only their text is used.",
		to:           "They are sent to {name}.",
	},
	"de": {
		both:         "Wenn Sie zustimmen, können Sie Bilder und Dokumente zeigen. Sie werden nicht aufgezeichnet und sind hier weg, wenn Sie gehen.",
		documents:    "Wenn Sie zustimmen, können Sie Dokumente zeigen. Sie werden nicht aufgezeichnet und sind hier weg, wenn Sie gehen.",
		askBoth:      "Dürfen Bilder und Dokumente, die Sie zeigen, benutzt werden? Sie dienen nur dazu, Ihnen zu antworten, bleiben hier im Arbeitsspeicher und werden nicht aufgezeichnet. Was ein Bild darüber sagt, wo und von wem es aufgenommen wurde, wird vorher entfernt.",
		askDocuments: "Dürfen Dokumente, die Sie zeigen, benutzt werden? Sie dienen nur dazu, Ihnen zu antworten, bleiben hier im Arbeitsspeicher und werden nicht aufgezeichnet. Nur ihr Text wird benutzt.",
		to:           "Sie werden an {name} gesendet.",
	},
	"fr": {
		both:         "Si vous êtes d’accord, vous pouvez montrer des images et des documents. Ils ne sont pas enregistrés et disparaissent d’ici quand vous partez.",
		documents:    "Si vous êtes d’accord, vous pouvez montrer des documents. Ils ne sont pas enregistrés et disparaissent d’ici quand vous partez.",
		askBoth:      "Les images et documents que vous montrez peuvent-ils être utilisés ? Ils servent seulement à vous répondre, restent ici en mémoire et ne sont pas enregistrés. Ce qu’une image dit du lieu et de l’auteur de la prise de vue est d’abord retiré.",
		askDocuments: "Les documents que vous montrez peuvent-ils être utilisés ? Ils servent seulement à vous répondre, restent ici en mémoire et ne sont pas enregistrés. Seul leur texte est utilisé.",
		to:           "Ils sont envoyés à {name}.",
	},
	"es": {
		both:         "Si está de acuerdo, puede mostrar imágenes y documentos. No se graban y desaparecen de aquí cuando usted se va.",
		documents:    "Si está de acuerdo, puede mostrar documentos. No se graban y desaparecen de aquí cuando usted se va.",
		askBoth:      "¿Se pueden usar las imágenes y los documentos que muestre? Solo sirven para responderle, permanecen aquí en la memoria y no se graban. Lo que una imagen dice de dónde y por quién fue tomada se elimina antes.",
		askDocuments: "¿Se pueden usar los documentos que muestre? Solo sirven para responderle, permanecen aquí en la memoria y no se graban. Solo se usa su texto.",
		to:           "Se envían a {name}.",
	},
	"he": {
		both:         "בהסכמה אפשר להראות תמונות ומסמכים. הם לא מוקלטים, ונעלמים מכאן בסיום השיחה.",
		documents:    "בהסכמה אפשר להראות מסמכים. הם לא מוקלטים, ונעלמים מכאן בסיום השיחה.",
		askBoth:      "האם אפשר להשתמש בתמונות ובמסמכים שיוצגו? הם משמשים רק כדי לענות, נשארים כאן בזיכרון ולא מוקלטים. מה שתמונה אומרת על המקום שבו צולמה ועל מי שצילם מוסר תחילה.",
		askDocuments: "האם אפשר להשתמש במסמכים שיוצגו? הם משמשים רק כדי לענות, נשארים כאן בזיכרון ולא מוקלטים. רק הטקסט שלהם משמש.",
		to:           "הם נשלחים אל {name}.",
	},
}

// shownTo are those who are given what the person shows: pictures as they are,
// where somebody looks at them, and the text of documents.
func shownTo(all []tenant.Recipient) []tenant.Recipient {
	return slices.DeleteFunc(slices.Clone(all), func(r tenant.Recipient) bool {
		return r.Role != tenant.Answering || named(r) == ""
	})
}

// sees says whether anybody looks at pictures.
func sees(all []tenant.Recipient) bool {
	return slices.ContainsFunc(all, func(r tenant.Recipient) bool { return r.Gets.Has(tenant.Pictures) })
}

// askShown asks whether what the person shows may be used, and says who gets it.
func (l *language) askShown(f *Facts) string {
	t := shownIn[l.locale]
	parts := []string{t.askDocuments}
	if sees(f.Recipients) {
		parts[0] = t.askBoth
	}
	for _, r := range shownTo(f.Recipients) {
		parts = append(parts, strings.ReplaceAll(t.to, "{name}", named(r)), l.facts.stated(r))
	}
	return strings.Join(append(parts, l.facts.back), " ")
}

// canShow says what can be shown, before a session.
func (l *language) canShow(f *Facts) string {
	t := shownIn[l.locale]
	if sees(f.Recipients) {
		return t.both
	}
	return t.documents
}
