package builtin

// Tables are the tables that the voice speaks by, as they are in the program,
// by the names of their files.
func Tables() map[string]string {
	return map[string]string{"rules.txt": rulesText, "lexicon.txt": lexiconText}
}
