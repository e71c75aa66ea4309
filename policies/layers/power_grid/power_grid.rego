# Power grid: load curves of homes show when somebody is there, and whether somebody lives alone.
package tds.layers.power_grid

personal_data if {
	input.space == "power-grid"
	input.product.classification == "personal"
}

deny contains {
	"term": "purpose",
	"message": "personal load data is used for training only inside the sandbox",
	"remedy": "present a credential with the role sandbox-operator, or declare the purpose inference",
} if {
	personal_data
	training
	not sandbox_operator
}

# Else the rule above would be avoided by saying nothing.
deny contains {
	"term": "purpose",
	"message": "personal load data is delivered only for a declared purpose",
	"remedy": "declare the purpose of the request",
} if {
	personal_data
	input.stage == "request"
	not purpose_declared
}

# The words that usage is counted as training under, with or without a refinement behind a colon.
training if {
	is_string(input.purpose)
	split(input.purpose, ":")[0] in {"train", "training"}
}

purpose_declared if {
	is_string(input.purpose)
	input.purpose != ""
}

sandbox_operator if "sandbox-operator" in input.subject.claims.roles
