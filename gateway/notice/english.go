package notice

import "mayfly/gateway/tenant"

func english() language {
	return language{
		locale: "en", name: "English", direction: "ltr", version: "2026-11-26",
		text: "This is an AI avatar. You are talking with a computer program, not with a human. " +
			"This service works with your words in memory only and forgets them when the session ends, " +
			"unless you are told that the conversation is recorded. You can say no to that. " +
			"You can ask for a human at any time.",
		spoken: "Hello. Before we begin: I am an AI, not a human. " +
			"What you say stays in memory here and is gone when we finish, " +
			"unless you are told that it is recorded. You can say no to that. " +
			"You can ask for a human at any time.",
		minors: "This is an AI avatar: a computer program, not a human, even if it looks or sounds like one. " +
			"It can be wrong, so ask an adult about things that matter. " +
			"This service forgets what you say when the session ends. " +
			"Please do not tell it your full name or where you live. " +
			"You can ask for a human at any time.",
		minorsSpoken: "Hello. Before we begin: I am an AI, a computer program, not a human. I can be wrong. " +
			"What you say is gone here when we finish. " +
			"You can ask for a human at any time.",
		fixed: map[Key]string{
			WhatIAm:     "I am an AI, a computer program. I am not a human. You can ask for a human at any time.",
			Correction:  "To be clear, I am an AI and not a human.",
			Expiring:    "This session is about to end. You can start a new one.",
			Idle:        "It has been quiet for a while. If you want to go on, just say or write something.",
			Draining:    "This service is about to restart, so this session ends soon.",
			Unreachable: "I cannot reach what answers for me right now. Please try again in a moment.",
			Late:        "The answer took too long. Please ask again.",
			Broken:      "Something went wrong, and I could not finish my answer. Please ask again.",
			Stopped:     "The answer was stopped.",
			Busy:        "Too many people are talking with me right now. Please try again in a moment.",
			HumanAsked:  "I have asked for a human. Please wait a moment.",
			HumanHere:   "You are now talking with a human.",
			HumanGone:   "The human has left. You are talking with an AI again.",
			HumanAbsent: "No human is available right now.",
			NoVoice:     "I have no voice for this language, so I answer in writing.",
			Reminder:    "A reminder: you are talking with an AI, not with a human.",
			Break:       "You have been talking for a long time. This is a good moment for a break.",
		},
		words: [words]string{NotRecorded: "Not recorded", NotRecordedHere: "Not recorded here, sent to {names}", IfYouAgree: "Recorded if you agree", UnlessYouSayNo: "Recorded unless you say no"},
		facts: facts{
			answersHere: "Answers come from Mayfly itself, on this server.",
			chain: chain{
				answersElsewhere: "Answers come from {name}. What you say is sent there.",
				speechElsewhere:  "The voice comes from {name}. The answers are sent there to be spoken.",
				hearsElsewhere:   "Your voice is sent to {name} to be written down.",
				answersInstead:   "If need be, answers come from {name} instead. What you say is then sent there.",
				speechInstead:    "If need be, the voice comes from {name} instead. The answers are then sent there to be spoken.",
				toolElsewhere:    "To look something up or to do something for you, the avatar can ask {name}. What is needed for it from what you say is sent there.",
				picturesToo:      "Pictures that you show are sent there too.",
				undeclared:       "{name} has not stated whether it keeps this, for how long or where, or whether it trains models with it.",
				keepsUnsaid:      "{name} has not stated whether it keeps this, or for how long.",
				keepsNone:        "{name} states that it keeps nothing of this.",
				keepsDay:         "{name} states that it keeps this up to one day{where}.",
				keepsDays:        "{name} states that it keeps this up to {days} days{where}.",
				placed:           "Its server is stated to be{where}.",
				unplaced:         "It has not stated where its server is.",
				trains:           "It states that it trains models with this.",
				trainsNot:        "It states that it trains no models with this.",
				trainsUnsaid:     "It has not stated whether it trains models with this.",
				passes:           "It states that it passes this on to {names}.",
				elsewhere:        "What is sent to {names} may be kept there.",
				sentAway:         "Something of this conversation was sent to {name}.",
				namesAnd:         " and ",
				regionNamed:      " in the region “{region}”",
				regions:          map[string]string{"eu": " in the EU", "us": " in the United States", "uk": " in the United Kingdom", "ca": " in Canada", "au": " in Australia", "sg": " in Singapore", "ch": " in Switzerland"},
			},
			unrecorded:       "Not recorded here.",
			recorded:         "If you agree, the conversation is recorded here and kept until it is deleted.",
			recordedDay:      "If you agree, the conversation is recorded here and kept for one day.",
			recordedDays:     "If you agree, the conversation is recorded here and kept for {days} days.",
			told:             "The conversation is recorded here and kept until it is deleted. You can say no to this at any time.",
			toldDay:          "The conversation is recorded here and kept for one day. You can say no to this at any time.",
			toldDays:         "The conversation is recorded here and kept for {days} days. You can say no to this at any time.",
			readers:          "{organisation} can read it, {uses}.",
			readersUnnamed:   "The organisation can read it, {uses}.",
			and:              " and ",
			uses:             [3]string{tenant.Audit: "to show later what was said", tenant.Quality: "to check and improve the answers", tenant.Learning: "as a record of your learning"},
			askTranscript:    "May this conversation be recorded?",
			kept:             "It is kept here as text until it is deleted.",
			keptDay:          "It is kept here as text for one day and then deleted.",
			keptDays:         "It is kept here as text for {days} days and then deleted.",
			askVoice:         "May your microphone be used? It serves only to understand what you say, and the sound is not kept here.",
			back:             "You can take this back at any time.",
			askVoiceToo:      "May your microphone be used? It serves to understand what you say. The sound is kept only if you agree to that as well.",
			askSound:         "May the sound be kept as well?",
			soundReply:       "That is the avatar’s voice.",
			soundBoth:        "That is the avatar’s voice, and yours if you switch your microphone on.",
			soundDay:         "It is kept here as it is, with nothing hidden in it, for one day and then deleted.",
			soundDays:        "It is kept here as it is, with nothing hidden in it, for {days} days and then deleted.",
			listeners:        "{organisation} can listen to it, {uses}.",
			listenersUnnamed: "The organisation can listen to it, {uses}.",
			alsoDay:          "If you agree to that as well, the sound is kept too, for one day.",
			alsoDays:         "If you agree to that as well, the sound is kept too, for {days} days.",
			microphoneToo:    "You can speak. Your microphone is used only after you switch it on.",
			microphone:       "You can speak. Your microphone is used only after you switch it on, and only to understand what you say.",
			keyboard:         "Your microphone is not used. You write, and the avatar answers.",
			camera:           "Your camera is used only after you switch it on.",
			gone:             "When you leave, what you said is gone.",
			goneHere:         "When you leave, what you said is gone from this server.",
			reminded:         "Every three hours you are reminded that you are talking with an AI, and to take a break.",
			decided:          "What you say here can be used to decide about you without a human. How it is decided: {at}",
			human:            "To have a human decide: {at}",
			help:             "If you need help: {at}",
			contact:          "Questions about your data: {at}",
			dpo:              "Data protection officer: {at}",
			privacy:          "The organisation’s own notice: {at}",
			complaint:        "If you want to complain: {at}",
		},
	}
}
