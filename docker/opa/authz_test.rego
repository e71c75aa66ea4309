package system.authz_test

import data.system.authz

question := {"method": "POST", "path": ["v1", "data", "tds", "decision"], "identity": "secret"}

allowed(request) if {
	authz.allow with input as request with data.authz as {"connector_token": "secret"}
}

test_connector_may_ask_its_question if allowed(question)

test_stranger_may_not if {
	not allowed(object.union(question, {"identity": "another"}))
	not allowed(object.remove(question, ["identity"]))
}

test_nobody_may_write if {
	every method in ["PUT", "PATCH", "DELETE"] { not allowed(object.union(question, {"method": method})) }
	not allowed(object.union(question, {"method": "PUT", "path": ["v1", "policies", "tds"]}))
}

test_nothing_else_may_be_read if {
	every path in [[], ["v1", "data"], ["v1", "data", "authz"], ["v1", "query"], ["v1", "config"], ["v1", "data", "tds", "decision", "allow"]] {
		not allowed(object.union(question, {"path": path}))
		not allowed(object.union(question, {"path": path, "method": "GET"}))
	}
}

test_health_may_be_asked if allowed({"method": "GET", "path": ["health"]})

test_without_a_token_configured_nobody_may_ask if {
	not unconfigured(question)
	not unconfigured(object.remove(question, ["identity"]))
}

unconfigured(request) if {
	authz.allow with input as request with data.authz as {}
}
