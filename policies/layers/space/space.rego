# What holds in every space, whatever a contract says.
package tds.layers.space

classes := {"public", "general", "personal", "important", "core"}

# Important and core data (重要数据, 核心数据) is neither listed nor delivered.
deny contains {
	"term": "product.classification",
	"message": sprintf("data classified as %s is neither listed nor delivered", [input.product.classification]),
	"remedy": "withdraw the product, or have it reclassified",
} if {
	input.product.classification in {"important", "core"}
}

deny contains {
	"term": "product.classification",
	"message": "the product is not classified",
	"remedy": sprintf("classify it as one of: %s", [concat(", ", sort([class | some class in classes]))]),
} if {
	not classified
}

classified if input.product.classification in classes
