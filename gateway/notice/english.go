package notice

func english() language {
	return language{
		locale: "en", name: "English", direction: "ltr", version: "2026-11-23",
		text: "This is an AI avatar. You are talking with a computer program, not with a human. " +
			"This service works with your words in memory only and forgets them when the session ends. " +
			"Nothing is recorded unless you are told before. " +
			"You can ask for a human at any time.",
		spoken: "Hello. Before we begin: I am an AI, not a human. " +
			"What you say stays in memory here and is gone when we finish. " +
			"It is not recorded unless you are told. " +
			"You can ask for a human at any time.",
		fixed: map[Key]string{
			WhatIAm:      "I am an AI, a computer program. I am not a human. You can ask for a human at any time.",
			Correction:   "To be clear, I am an AI and not a human.",
			Expiring:     "This session is about to end. You can start a new one.",
			Idle:         "It has been quiet for a while. If you want to go on, just say or write something.",
			Draining:     "This service is about to restart, so this session ends soon.",
			Unreachable:  "I cannot reach what answers for me right now. Please try again in a moment.",
			Late:         "The answer took too long. Please ask again.",
			Broken:       "Something went wrong, and I could not finish my answer. Please ask again.",
			Stopped:      "The answer was stopped.",
			Busy:         "Too many people are talking with me right now. Please try again in a moment.",
			HumanAsked:   "I have asked for a human. Please wait a moment.",
			HumanHere:    "You are now talking with a human.",
			HumanGone:    "The human has left. You are talking with an AI again.",
			HumanAbsent:  "No human is available right now.",
			NoVoice:      "I have no voice for this language, so I answer in writing.",
			RecordingOn:  "From now on, this conversation is recorded.",
			RecordingOff: "From now on, this conversation is not recorded here.",
			Gone:         "The session has ended. Nothing you said is kept here.",
		},
		facts: facts{
			answersHere:      "Answers come from Mayfly itself, on this server.",
			answersElsewhere: "Answers come from {name}. What you say is sent there.",
			speechElsewhere:  "The voice comes from {name}. The answers are sent there to be spoken.",
			hearsElsewhere:   "Your voice is sent to {name} to be written down.",
			undeclared:       "{name} has not stated how long it keeps what it is sent.",
			declared:         "{name} states: “{statement}”",
			unrecorded:       "Not recorded here.",
			recorded:         "If you agree, the conversation is recorded here and kept until it is deleted.",
			recordedDay:      "If you agree, the conversation is recorded here and kept for one day.",
			recordedDays:     "If you agree, the conversation is recorded here and kept for {days} days.",
			microphone:       "You can speak. Your microphone is used only after you switch it on, and only to understand what you say.",
			keyboard:         "Your microphone is not used. You write, and the avatar answers.",
			camera:           "Your camera is used only after you switch it on.",
			gone:             "When you leave, what you said is gone.",
			goneHere:         "When you leave, what you said is gone from this server.",
			contact:          "Questions about your data: {at}",
			privacy:          "The organisation’s own notice: {at}",
			complaint:        "If you want to complain: {at}",
		},
	}
}
