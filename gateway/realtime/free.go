package realtime

// Free says whether Choose would take the name for a new item.
func (i *IDs) Free(name []byte) bool {
	return len(name) > 0 && len(name) <= maxID && !i.reserved(name) && i.Item(name) == 0
}
