package tenant

// visionEntry is the key that declares a server to take pictures.
func visionEntry() entry[BackEnd] {
	return one("vision", truth(), "false", "Whether the model takes pictures, as parts of the type `image_url`. It is sent those that people show where the policy has `attachments`. Without it, pictures are refused and documents are taken.", func(b *BackEnd) *bool { return &b.Vision })
}

// looksAt is what a server in a role is sent of what people show, beside words.
func (b *BackEnd) looksAt(role RecipientRole) Contents {
	if role == Answering && b.Vision {
		return Pictures
	}
	return 0
}
