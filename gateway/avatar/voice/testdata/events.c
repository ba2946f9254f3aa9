/* Says a text with the library of eSpeak NG and prints when it begins each
   word: "position length milliseconds", positions in characters from 1. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

struct event {
	int type;
	unsigned unique;
	int position, length, milliseconds, sample;
	void *user;
	union { int number; const char *name; char string[8]; } id;
};

struct voice {
	const char *name, *languages, *identifier;
	unsigned char gender, age, variant, unused;
	int score;
	void *spare;
};

enum { LIST_ENDS = 0, WORD = 1 };
enum { RETRIEVE_SYNCHRONOUSLY = 2, RATE = 1, CHARACTERS = 1, UTF8 = 1 };

static int hear(short *sound, int samples, struct event *e) {
	(void)sound;
	(void)samples;
	for (; e && e->type != LIST_ENDS; e++)
		if (e->type == WORD) printf("%d %d %d\n", e->position, e->length, e->milliseconds);
	return 0;
}

int main(int argc, char **argv) {
	static char text[1 << 16];
	void *library = dlopen("libespeak-ng.so.1", RTLD_NOW);
	if (argc != 2 || !library) return 2;
	int (*initialize)(int, int, const char *, int) = dlsym(library, "espeak_Initialize");
	void (*callback)(int (*)(short *, int, struct event *)) = dlsym(library, "espeak_SetSynthCallback");
	int (*voice)(const char *) = dlsym(library, "espeak_SetVoiceByName");
	int (*properties)(struct voice *) = dlsym(library, "espeak_SetVoiceByProperties");
	int (*parameter)(int, int, int) = dlsym(library, "espeak_SetParameter");
	int (*synth)(const void *, size_t, unsigned, int, unsigned, unsigned, unsigned *, void *) = dlsym(library, "espeak_Synth");
	size_t n = fread(text, 1, sizeof text - 1, stdin);
	if (initialize(RETRIEVE_SYNCHRONOUSLY, 0, NULL, 0) < 0) return 3;
	callback(hear);
	struct voice by = {.languages = argv[1]};
	if (voice(argv[1]) && properties(&by)) return 4; /* as the program does */
	if (parameter(RATE, 165, 0)) return 5;
	return synth(text, n + 1, 0, CHARACTERS, 0, UTF8, NULL, NULL) ? 6 : 0;
}
