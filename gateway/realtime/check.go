package realtime

import "github.com/go-json-experiment/json/jsontext"

// check says whether data is one JSON object that keeps to the limits. The
// limits come first, so that nothing walks a structure that is too deep; the
// grammar, UTF-8 and duplicate names are jsontext's, whose error texts quote
// member names and are therefore never looked at.
func check(data []byte) Code {
	within := withinLimits(data)
	if !jsontext.Value(data).IsValid() {
		return CodeInvalidJSON
	}
	if v := trim(data); v[0] != '{' {
		return CodeInvalidJSON
	}
	if !within {
		return CodeJSONLimit
	}
	return ""
}

// withinLimits counts nesting, members and the length of names. It gives a
// right answer for valid JSON and some answer for anything else.
func withinLimits(data []byte) bool {
	var members [maxDepth + 1]int
	depth, name := 0, 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			end := stringEnd(data[i:])
			name = end
			i += end - 1
		case '{', '[':
			depth++
			if depth > maxDepth {
				return false
			}
			members[depth] = 0
		case '}', ']':
			if depth > 0 {
				depth--
			}
		case ':':
			members[depth]++
			limit := maxMembers
			if depth > maxMembersDepth {
				limit = maxDeepMembers
			}
			if members[depth] > limit || name > maxName+2 {
				return false
			}
		}
	}
	return true
}
