using TrustedDataSpace.Protocol.Errors;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Errors;

public sealed class RefusalTests
{
    [Theory]
    [InlineData(RefusalCode.Malformed, 400, "malformed")]
    [InlineData(RefusalCode.Unsupported, 422, "unsupported")]
    [InlineData(RefusalCode.Unauthenticated, 401, "unauthenticated")]
    [InlineData(RefusalCode.Forbidden, 403, "forbidden")]
    [InlineData(RefusalCode.NotFound, 404, "not_found")]
    [InlineData(RefusalCode.Conflict, 409, "conflict")]
    [InlineData(RefusalCode.InvalidTransition, 409, "invalid_transition")]
    [InlineData(RefusalCode.PolicyRefused, 403, "policy_refused")]
    [InlineData(RefusalCode.LimitReached, 422, "limit_reached")]
    [InlineData(RefusalCode.QuotaExhausted, 429, "quota_exhausted")]
    [InlineData(RefusalCode.TooManyRequests, 429, "too_many_requests")]
    [InlineData(RefusalCode.TooLarge, 413, "too_large")]
    [InlineData(RefusalCode.Unavailable, 503, "unavailable")]
    [InlineData(RefusalCode.Internal, 500, "internal")]
    public void Each_code_has_its_status_and_name(RefusalCode code, int status, string name)
    {
        var problem = ProblemDocument.From(new RefusalException(code, "why"));
        Assert.Equal((status, name), (problem.Status, problem.Code));
        Assert.Equal("https://w3id.org/trusted-data-space/problems/" + name, problem.Type);
    }

    [Fact]
    public void Refusal_tells_term_place_remedy_and_reasons()
    {
        var reason = new RefusalReason("constraint_not_met", "permission[0].constraint[0]", "purpose is training", "declare inference");
        var problem = ProblemDocument.From(
            new RefusalException(RefusalCode.PolicyRefused, "denied") { Term = "t", Where = "$.x", Remedy = "r", Reasons = [reason] }, "trace-1");
        Assert.Equal(("denied", "t", "$.x", "r", "trace-1"), (problem.Detail, problem.Term, problem.Where, problem.Remedy, problem.Instance));
        Assert.Equal(reason, Assert.Single(problem.Reasons));
    }

    [Fact]
    public void Fault_of_ours_tells_a_stranger_nothing()
    {
        var refusal = new RefusalException(RefusalCode.Internal, "secret")
        {
            Term = "secret",
            Where = "secret",
            Remedy = "secret",
            Reasons = [new RefusalReason("secret", null, "secret", null)],
        };
        Assert.DoesNotContain("secret", System.Text.Json.JsonSerializer.Serialize(ProblemDocument.From(refusal)), StringComparison.Ordinal);
    }
}
