# What may be asked of the OPA server: the one question, by the connector, and whether it is well. Nothing can be written.
package system.authz

default allow := false

allow if {
	input.method == "POST"
	input.path == ["v1", "data", "tds", "decision"]
	input.identity == data.authz.connector_token
}

allow if {
	input.method == "GET"
	input.path == ["health"]
}
