using TrustedDataSpace.Connector.Policies.Denials;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Policies;

public sealed class KeptPoliciesTests : IDisposable
{
    private static readonly PolicyBundle First = PolicyBundle.BuiltIn();
    private static readonly PolicyBundle Second = First.With(new BundleFile("layers/own/own.rego", "package tds.layers.own\n\nimport rego.v1\n\ndeny contains {\"code\": \"no\"} if input.stage == \"never\"\n"));

    private readonly TempFolder folder = new();
    private readonly ManualClock clock = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Policies_are_kept_while_they_decide_and_for_the_time_of_their_denials_after_that()
    {
        var kept = Kept();
        kept.Write(First);
        kept.Decides(First);
        clock.Advance(TimeSpan.FromDays(90));
        kept.Sweep();
        kept.Write(Second);
        kept.Decides(Second);
        clock.Advance(TimeSpan.FromDays(29));
        kept.Sweep();
        Assert.NotNull(kept.Find(First.Revision));

        clock.Advance(TimeSpan.FromDays(2));
        kept.Sweep();
        Assert.Null(kept.Find(First.Revision));
        using var archive = new MemoryStream(kept.Find(Second.Revision)!);
        Assert.Equal(Second.Revision, PolicyBundle.FromArchive(archive).Revision);
    }

    [Fact]
    public void After_a_start_with_others_those_of_before_are_still_kept()
    {
        var before = Kept();
        before.Write(First);
        before.Decides(First);
        before.Sweep();
        var after = Kept();
        after.Write(Second);
        after.Decides(Second);
        clock.Advance(TimeSpan.FromDays(29));
        after.Sweep();
        Assert.NotNull(after.Find(First.Revision));
    }

    private KeptPolicies Kept() => new(
        new ConnectorSettings
        {
            Space = new SpaceOptions { Id = "test-space" },
            Participant = new ParticipantOptions { Id = "did:web:grid.example" },
            Storage = new StorageOptions { Folder = folder["data"] },
        },
        clock);
}
