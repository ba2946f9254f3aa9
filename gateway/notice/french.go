package notice

func french() language {
	return language{
		locale: "fr", name: "Français", direction: "ltr", version: "2026-11-23",
		text: "Ceci est un avatar d’IA. Vous parlez avec un programme informatique, pas avec un être humain. " +
			"Ce service traite vos paroles uniquement en mémoire et les oublie à la fin de la session. " +
			"Rien n’est enregistré sans que vous en soyez averti à l’avance. " +
			"Vous pouvez demander à tout moment à parler à un être humain.",
		spoken: "Bonjour. Avant de commencer : je suis une IA, pas un être humain. " +
			"Ce que vous dites reste ici en mémoire et disparaît quand nous avons fini. " +
			"Ce n’est pas enregistré, sauf si l’on vous prévient. " +
			"Vous pouvez demander à tout moment à parler à un être humain.",
		fixed: map[Key]string{
			WhatIAm:      "Je suis une IA, un programme informatique. Je ne suis pas un être humain. Vous pouvez demander à tout moment à parler à un être humain.",
			Correction:   "Pour être clair, je suis une IA et non un être humain.",
			Expiring:     "Cette session va bientôt se terminer. Vous pourrez en commencer une autre.",
			Idle:         "Le silence dure depuis un moment. Pour continuer, dites ou écrivez simplement quelque chose.",
			Draining:     "Ce service va redémarrer, cette session se termine donc bientôt.",
			Unreachable:  "Je n’arrive pas à joindre ce qui répond pour moi. Veuillez réessayer dans un instant.",
			Late:         "La réponse a pris trop de temps. Veuillez reposer votre question.",
			Broken:       "Un problème est survenu et je n’ai pas pu finir ma réponse. Veuillez reposer votre question.",
			Stopped:      "La réponse a été arrêtée.",
			Busy:         "Trop de personnes me parlent en ce moment. Veuillez réessayer dans un instant.",
			HumanAsked:   "J’ai demandé un être humain. Veuillez patienter un instant.",
			HumanHere:    "Vous parlez maintenant avec un être humain.",
			HumanGone:    "La personne est partie. Vous parlez de nouveau avec une IA.",
			HumanAbsent:  "Aucun être humain n’est disponible pour le moment.",
			NoVoice:      "Je n’ai pas de voix pour cette langue, je réponds donc par écrit.",
			RecordingOn:  "À partir de maintenant, cette conversation est enregistrée.",
			RecordingOff: "À partir de maintenant, cette conversation n’est plus enregistrée ici.",
			Gone:         "La session est terminée. Rien de ce que vous avez dit n’est conservé ici.",
		},
		facts: facts{
			answersHere:      "Les réponses viennent de Mayfly lui-même, sur ce serveur.",
			answersElsewhere: "Les réponses viennent de {name}. Ce que vous dites y est envoyé.",
			speechElsewhere:  "La voix vient de {name}. Les réponses y sont envoyées pour être dites à voix haute.",
			hearsElsewhere:   "Votre voix est envoyée à {name} pour être transcrite.",
			undeclared:       "{name} n’a pas indiqué combien de temps les données reçues sont conservées.",
			declared:         "{name} déclare : « {statement} »",
			unrecorded:       "Rien n’est enregistré ici.",
			recorded:         "Si vous êtes d’accord, la conversation est enregistrée ici et gardée jusqu’à sa suppression.",
			recordedDay:      "Si vous êtes d’accord, la conversation est enregistrée ici et gardée un jour.",
			recordedDays:     "Si vous êtes d’accord, la conversation est enregistrée ici et gardée {days} jours.",
			microphone:       "Vous pouvez parler. Votre micro n’est utilisé qu’une fois que vous l’avez activé, et seulement pour comprendre ce que vous dites.",
			keyboard:         "Votre micro n’est pas utilisé. Vous écrivez et l’avatar répond.",
			camera:           "Votre caméra n’est utilisée qu’une fois que vous l’avez activée.",
			gone:             "Quand vous partez, ce que vous avez dit disparaît.",
			goneHere:         "Quand vous partez, ce que vous avez dit disparaît de ce serveur.",
			contact:          "Questions sur vos données : {at}",
			privacy:          "Les informations de l’organisation elle-même : {at}",
			complaint:        "Pour faire une réclamation : {at}",
		},
	}
}
