using System.Net;
using System.Text.Json;
using TrustedDataSpace.Protocol.Authority;
using Xunit;

namespace TrustedDataSpace.Scenarios.Gate;

public sealed class SuspensionTests
{
    [Fact]
    public async Task A_suspended_member_is_refused_once_the_register_was_asked_again()
    {
        await using var space = await TestSpace.StartAsync();
        var contract = await space.ContractAsync("curves");
        using (var before = await contract.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        }

        await space.Operator.PostAsync<JsonElement>(AuthorityRoutes.ForSuspension(TestSpace.Vpp), new { reason = "audit" });
        space.Clock.Set(space.Clock.GetUtcNow() + TimeSpan.FromSeconds(11));
        using var after = await contract.UseAsync();
        Assert.Equal(HttpStatusCode.Forbidden, after.StatusCode);
        var problem = await after.ProblemAsync();
        Assert.Contains("membership_not_active", problem.GetProperty("reasons").GetRawText(), StringComparison.Ordinal);
    }
}
