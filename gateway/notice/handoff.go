package notice

import (
	"strings"

	"mayfly/session"
)

// handoffWords ask a person about a human who would read and hear them.
type handoffWords struct{ ask, context string }

// handoffs are the words, by language. Every language of the catalogue has
// them: a test holds the two together.
func handoffs() map[string]handoffWords {
	return map[string]handoffWords{
		"en": {
			ask:     "{human} is there. They are a human, not an AI: from here on they read what you write, and hear you if your microphone is on. Is that all right?",
			context: "May {human} also read what you and the AI said so far? If you say no, they start from nothing.",
		},
		"de": {
			ask:     "{human} ist da. Das ist ein Mensch, keine KI: Ab jetzt liest dieser Mensch, was Sie schreiben, und hört Sie, wenn Ihr Mikrofon an ist. Ist Ihnen das recht?",
			context: "Darf {human} auch lesen, was Sie und die KI bisher gesagt haben? Wenn Sie Nein sagen, beginnt das Gespräch bei null.",
		},
		"fr": {
			ask:     "{human} est là. C’est un être humain, pas une IA : à partir de maintenant, cette personne lit ce que vous écrivez et vous entend si votre micro est allumé. Cela vous convient-il ?",
			context: "{human} peut-il aussi lire ce que vous et l’IA avez dit jusqu’ici ? Si vous dites non, la conversation reprend de zéro.",
		},
		"es": {
			ask:     "{human} está aquí. Es un ser humano, no una IA: a partir de ahora lee lo que usted escribe y le oye si su micrófono está encendido. ¿Le parece bien?",
			context: "¿Puede {human} leer también lo que usted y la IA han dicho hasta ahora? Si dice que no, empieza de cero.",
		},
		"he": {
			ask:     "{human} כאן. זה אדם, לא בינה מלאכותית: מעכשיו הוא קורא את מה שנכתב כאן, ושומע את הקול אם המיקרופון פועל. זה בסדר?",
			context: "האם {human} יכול לקרוא גם את מה שנאמר כאן עד עכשיו? אם לא, השיחה מתחילה מאפס.",
		},
	}
}

// Handoff asks for what a human needs who is there: that they read and hear
// the person, and, apart from it, that they read what was said before. human
// is who it is, as the organisation calls them.
func Handoff(human string, asked session.Purposes, locale string) []Sentence {
	l, _ := find(locale)
	w := handoffs()[l.locale]
	var all []Sentence
	for _, s := range []Sentence{{session.Handoff, w.ask}, {session.HandoffContext, w.context}} {
		if asked.Has(s.Purpose) {
			all = append(all, Sentence{s.Purpose, strings.ReplaceAll(s.Text, "{human}", clean(human))})
		}
	}
	return all
}
