package session

// NameID is an id for something that has a name and no id of its own, such as
// an avatar of a tenant, so that facts can be about it. It hides nothing:
// whoever knows the names can tell.
func NameID(names ...string) ID {
	var id ID
	for half, h := range [2]uint64{0xcbf29ce484222325, 0x6c62272e07bb0142} {
		for _, name := range names {
			for i := range len(name) {
				h = (h ^ uint64(name[i])) * 0x100000001b3
			}
			h = (h ^ 0x1ff) * 0x100000001b3 // no byte is: names do not run into each other
		}
		for i := range 8 {
			id[8*half+i] = byte(h >> (8 * i))
		}
	}
	return id
}
