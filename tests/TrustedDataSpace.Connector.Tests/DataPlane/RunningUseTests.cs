using Microsoft.Extensions.Logging.Abstractions;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane;

/// <summary>The end of an answer, from both sides.</summary>
public sealed class RunningUseTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whoever_cuts_an_answer_that_has_just_ended_is_told_so(bool endsCleanly)
    {
        var flow = new ProviderFlow("flow-1", "agreement-1", "did:web:vpp.example", null, null, new FlowStop());
        var ticket = new UsageTicket(FlowRow.Provider, flow.Id, 1, 1, flow.AgreementId, new UsageClaim("inference", null, ""), 1);
        var request = new GateRequest(flow, null!, null, "inference", new RequestFacts("GET", "/"));
        var runs = new RunningUses(null!, null!, null!, null!, null!, null!, TimeProvider.System, NullLogger<RunningUses>.Instance);
        var use = new RunningUse(runs, ticket, new Judgement(PolicyDecision.Allowed("permission[0]", ""), default, request, null), count: null);
        if (endsCleanly)
        {
            use.EndCleanly();
        }

        use.Dispose();
        Assert.False(use.Cut(PolicyDecision.EngineError("too late", "")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_consumer_stops_is_not_broken_off_by_the_provider(bool byConsumer)
    {
        var flow = new ProviderFlow("flow-1", "agreement-1", "did:web:vpp.example", null, null, new FlowStop());
        var ticket = new UsageTicket(FlowRow.Provider, flow.Id, 1, 1, flow.AgreementId, new UsageClaim("inference", null, ""), 1);
        var request = new GateRequest(flow, null!, null, "inference", new RequestFacts("GET", "/"));
        var runs = new RunningUses(null!, null!, null!, null!, null!, null!, TimeProvider.System, NullLogger<RunningUses>.Instance);
        using var use = new RunningUse(runs, ticket, new Judgement(PolicyDecision.Allowed("permission[0]", ""), default, request, null), count: null);
        var cut = new TaskCompletionSource();
        await using var seen = use.Broken.Register(cut.SetResult);
        flow.Stop.Stop(byPeer: byConsumer);
        await cut.Task.Within("the cut");
        var cause = byConsumer ? CutCause.Elsewhere : CutCause.Here;
        Assert.Equal((true, cause), (use.IsCut, use.Cause));

        // What comes behind the first cut changes nothing.
        use.Cut(PolicyDecision.EngineError("later", ""));
        Assert.Equal(cause, use.Cause);
    }
}
