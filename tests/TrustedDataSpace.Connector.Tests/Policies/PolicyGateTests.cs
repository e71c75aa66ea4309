using System.Text.Json;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Errors;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Policies;

public sealed class PolicyGateTests
{
    private readonly PolicyGate gate = new(
        new EmbeddedPolicyEngine(TimeProvider.System), new ConnectorSettings { Space = new SpaceOptions { Id = "test-space" } }, TimeProvider.System);

    private readonly PolicyQuestion question = new()
    {
        Stage = PolicyStage.Transfer,
        Subject = new Peer("did:web:vpp.example", "active", "44", []),
        Terms = new CompiledTerms("offer:p:1", "sha-256:00", JsonElement.Parse("""{"kind":"offer","id":"offer:p:1","permissions":[]}""")),
        Product = new ProductFacts("p", "general"),
    };

    [Fact]
    public async Task Without_a_bundle_a_use_is_denied() =>
        Assert.False((await gate.DecideAsync(question, CancellationToken.None)).Allow);

    [Fact]
    public async Task Without_a_bundle_a_step_that_can_wait_is_neither_taken_nor_refused_for_good()
    {
        var refusal = await Assert.ThrowsAsync<RefusalException>(async () => await gate.DecideWhenAbleAsync(question, CancellationToken.None));
        Assert.Equal(RefusalCode.Unavailable, refusal.Code);
    }
}
