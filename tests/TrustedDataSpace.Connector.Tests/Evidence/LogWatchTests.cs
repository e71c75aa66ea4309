using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json.Nodes;
using TrustedDataSpace.Connector.Evidence;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Evidence;

public sealed class LogWatchTests : IAsyncLifetime
{
    private TestSpace space = null!;
    private TestConnector connector = null!;

    public async ValueTask InitializeAsync()
    {
        space = await TestSpace.StartAsync();
        connector = await TestConnector.StartAsync(space);
        await WriteAsync();
        await LoggedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await space.DisposeAsync();
    }

    [Fact]
    public async Task An_acknowledged_entry_has_a_receipt_that_anybody_can_check()
    {
        await WriteAsync();
        await LoggedAsync();

        var page = await connector.ManageAsync<Page<EvidenceItem>>(HttpMethod.Get, ManagementRoutes.EvidenceEntries);
        Assert.Equal(space.Log.Size, page.Items.Count);
        foreach (var item in page.Items)
        {
            var receipt = await connector.ManageAsync<EntryReceipt>(HttpMethod.Get, ManagementRoutes.For(ManagementRoutes.EvidenceReceipt, item.Entry.Id));
            var head = SignedCheckpoint.Verify(receipt.Checkpoint, PublicKey.FromJwk(receipt.Key)).Checkpoint;
            Assert.Equal(item.LogIndex, receipt.Proof.Index);
            Assert.Equal(head.Size, receipt.Proof.Size);
            Assert.True(receipt.Proof.Verify(receipt.Entry.LeafHash(), head.RootHash()));
            Assert.Equal(item.Entry.LeafHash(), receipt.Entry.LeafHash());
        }

        var (status, _) = await connector.CallAsync(HttpMethod.Get, ManagementRoutes.For(ManagementRoutes.EvidenceReceipt, "nothing"), null, TestConnector.ManagementToken);
        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    [Fact]
    public async Task A_log_that_was_rolled_back_is_refused_until_it_is_what_it_was()
    {
        var before = await LoggedAsync();
        var cut = space.Log.Cut(space.Log.Size - 1);

        await RefusedAsync(LogAlarmKinds.RolledBack);
        await WriteAsync();
        Assert.Equal(before.Logged, (await StatusAsync()).Logged);
        Assert.Equal(before.Log!.Size, (await StatusAsync()).Log!.Size);

        space.Log.Cut(before.Log.Size is var size ? (int)size - 1 : 0);
        space.Log.Add(cut);
        await LookAsync();
        Assert.Null((await StatusAsync()).Alarm);
        await LoggedAsync();
    }

    [Fact]
    public async Task A_split_view_stays_refused_and_what_it_showed_is_kept()
    {
        var before = await StatusAsync();
        space.Log.Cut((int)before.Log!.Size - 1);
        space.Log.Add(MerkleTree.LeafHash("another history"u8));
        var shown = space.Log.Note().Split('\n')[2];

        await RefusedAsync(LogAlarmKinds.Forked);
        var alarm = (await StatusAsync()).Alarm!;
        Assert.Equal(shown, alarm.Root);

        // Longer, it is not righter; and going back to the first history does not undo the second.
        space.Log.Add(MerkleTree.LeafHash("more"u8));
        await RefusedAsync(LogAlarmKinds.Forked);
        Assert.Equal(alarm.Checkpoint, (await StatusAsync()).Alarm!.Checkpoint);
    }

    [Fact]
    public async Task A_longer_log_that_does_not_begin_with_the_one_seen_is_refused()
    {
        space.Log.Cut(0);
        space.Log.Add(Enumerable.Range(0, 50).Select(i => MerkleTree.LeafHash([(byte)i])));

        await RefusedAsync(LogAlarmKinds.Forked);
    }

    [Fact]
    public async Task A_checkpoint_by_another_key_or_of_another_name_is_refused()
    {
        using var other = SigningKey.Generate();
        space.Log.Key = other;
        await RefusedAsync(LogAlarmKinds.Forged);

        space.Log.Key = space.MemberKey;
        await LookAsync();
        Assert.Null((await StatusAsync()).Alarm);

        space.Log.Origin += "/2";
        await RefusedAsync(LogAlarmKinds.OtherLog);
    }

    [Fact]
    public async Task A_receipt_that_does_not_prove_the_entries_marks_nothing()
    {
        var before = await StatusAsync();
        space.Log.Misplaces = true;
        await WriteAsync();

        await AlarmAsync(LogAlarmKinds.Forged);
        Assert.Equal(before.Logged, (await StatusAsync()).Logged);
    }

    [Fact]
    public async Task While_a_log_is_refused_the_connector_warns_and_stays_ready()
    {
        Assert.Empty(await WarningsAsync());
        space.Log.Cut(0);
        await RefusedAsync(LogAlarmKinds.RolledBack);

        var (_, body) = await connector.CallAsync(HttpMethod.Get, "/health/ready", null, null);

        Assert.DoesNotContain("rolled_back", body.ToString(), StringComparison.Ordinal);
        Assert.Contains("rolled_back", Assert.Single(await WarningsAsync()), StringComparison.Ordinal);
        Assert.Equal(1, Refused());
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(500)]
    public async Task A_log_that_grew_and_proves_nothing_is_forked_unless_nobody_answers(int status)
    {
        space.Log.Cut(0);
        space.Log.Add(Enumerable.Range(0, 50).Select(i => MerkleTree.LeafHash([(byte)i])));
        space.Log.ProofStatus = status;

        if (status == 500)
        {
            Assert.Equal(RefusalCode.Unavailable, (await Assert.ThrowsAsync<RefusalException>(LookAsync)).Code);
            Assert.Null((await StatusAsync()).Alarm);
            return;
        }

        await RefusedAsync(LogAlarmKinds.Forked);
    }

    [Fact]
    public async Task A_proof_that_is_refused_because_the_token_has_just_ended_is_asked_for_again()
    {
        space.Log.Add(MerkleTree.LeafHash("one more"u8));
        (space.Log.ProofStatus, space.Log.ProofRefusals) = (401, 2);

        await LookAsync();

        var status = await StatusAsync();
        Assert.Equal((null, space.Log.Size), (status.Alarm, status.Log!.Size));
    }

    [Fact]
    public async Task The_key_that_the_operator_sets_counts_whatever_was_pinned_before()
    {
        using var other = SigningKey.Generate();
        await connector.RestartAsync(logKey: other.Public.Thumbprint);
        await RefusedAsync(LogAlarmKinds.Forged);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AcceptAsync((await StatusAsync()).Alarm!.Root!)).Status);

        await connector.RestartAsync(logKey: space.MemberKey.Public.Thumbprint);
        await LookAsync();
        Assert.Null((await StatusAsync()).Alarm);
    }

    [Fact]
    public async Task An_operator_accepts_the_log_that_was_looked_at_and_all_evidence_is_sent_to_it()
    {
        var receipts = (await connector.ManageAsync<Page<EvidenceItem>>(HttpMethod.Get, ManagementRoutes.EvidenceEntries)).Items;
        space.Log.Cut(0);
        space.Log.Origin += "/2";
        space.Log.Add(MerkleTree.LeafHash("a successor"u8));
        await RefusedAsync(LogAlarmKinds.OtherLog);
        var alarm = (await StatusAsync()).Alarm!;

        var (wrong, _) = await AcceptAsync(Convert.ToBase64String(MerkleTree.LeafHash("another root"u8)));
        Assert.Equal(HttpStatusCode.Conflict, wrong);
        Assert.NotNull((await StatusAsync()).Alarm);

        // Copies of what the log has no longer are of another history.
        await connector.Service<Database>().WriteAsync(unit => unit.Execute("INSERT INTO log_copies (space_id, origin, idx, box, kept_at) VALUES (@Space, @Origin, 0, 'under', @Now), (@Space, @Origin, 1, 'behind', @Now)", new { unit.Space, space.Log.Origin, Now = unit.Now.ToUnixTimeMilliseconds() }));
        var (right, _) = await AcceptAsync(alarm.Root!);
        Assert.Equal(HttpStatusCode.OK, right);
        Assert.Equal(["under"], connector.Service<LogCopies>().Page(space.Log.Origin, 0).Select(copy => copy.Box));
        var after = await LoggedAsync();
        Assert.Null(after.Alarm);
        Assert.Equal(space.Log.Origin, after.Log!.Origin);
        Assert.Equal(after.Entries + 1, space.Log.Size);
        Assert.Contains((await connector.ManageAsync<Page<EvidenceItem>>(HttpMethod.Get, ManagementRoutes.EvidenceEntries)).Items, item => item.Entry.Kind == EvidenceKinds.LogAccepted);
        Assert.All(receipts, item => Assert.NotNull(item.LogIndex));
        Assert.Equal(HttpStatusCode.Conflict, (await AcceptAsync(alarm.Root!)).Status);
    }

    [Fact]
    public async Task A_log_that_no_key_of_the_authority_has_signed_cannot_be_accepted()
    {
        using var other = SigningKey.Generate();
        space.Log.Key = other;
        await RefusedAsync(LogAlarmKinds.Forged);

        var (status, _) = await AcceptAsync((await StatusAsync()).Alarm!.Root!);

        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.NotNull((await StatusAsync()).Alarm);
    }

    [Fact]
    public async Task A_verified_checkpoint_is_signed_as_its_witness_and_a_refused_one_is_not()
    {
        var witness = connector.Service<Witness>();
        await witness.SignAsync(TestContext.Current.CancellationToken);
        var seen = (await StatusAsync()).Log!;
        var signature = space.Log.Cosignatures.Last();
        Assert.True(signature.Verifies(new Checkpoint(seen.Origin, seen.Size, seen.Root), TestSpace.Connector, [connector.Service<ParticipantKey>().Signing.Public]));

        space.Log.Cut(0);
        space.Log.Add(MerkleTree.LeafHash("another history"u8), MerkleTree.LeafHash("and more"u8), MerkleTree.LeafHash("and more"u8), MerkleTree.LeafHash("and more"u8));
        await RefusedAsync(LogAlarmKinds.Forked);
        await witness.SignAsync(TestContext.Current.CancellationToken);
        Assert.All(space.Log.Cosignatures, one => Assert.True(one.Size <= seen.Size));
    }

    [Fact]
    public async Task What_was_seen_outlives_a_restart()
    {
        var before = await StatusAsync();
        space.Log.Cut(0);

        await connector.RestartAsync();

        await AlarmAsync(LogAlarmKinds.RolledBack);
        Assert.Equal(before.Log!.Root, (await StatusAsync()).Log!.Root);
    }

    private async Task<IReadOnlyList<string>> WarningsAsync()
    {
        var (_, status) = await connector.CallAsync(HttpMethod.Get, ManagementRoutes.Status, null, TestConnector.ManagementToken, wait: 0);
        return ProtocolJson.Read<ConnectorStatus>(status).Warnings;
    }

    private int? Refused()
    {
        int? last = null;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Name == "tds.log.refused" && instrument.Meter.Scope == connector.Service<IMeterFactory>())
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((_, value, _, _) => last = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return last;
    }

    private Task<EvidenceEntry> WriteAsync() => connector.Service<Database>().WriteAsync(unit => connector.Service<EvidenceTrail>().Append(unit, EvidenceKinds.SignalSet, new { name = "test" }));

    // The connector looks by itself, too, after a start and after a refusal: whose look ends second finds another checkpoint kept, and judges again.
    private async Task LookAsync()
    {
        while (!await TryLookAsync())
        {
        }
    }

    private async Task<bool> TryLookAsync()
    {
        try
        {
            await connector.Service<LogWatch>().LookAsync(TestContext.Current.CancellationToken);
            return true;
        }
        catch (InvalidOperationException meanwhile) when (meanwhile.Message.StartsWith("Another checkpoint was kept meanwhile", StringComparison.Ordinal))
        {
            return false;
        }
    }

    private async Task RefusedAsync(string kind)
    {
        var refusal = await Assert.ThrowsAsync<RefusalException>(LookAsync);
        Assert.Equal((RefusalCode.Conflict, "log"), (refusal.Code, refusal.Term));
        Assert.Equal(kind, (await StatusAsync()).Alarm?.Kind);
    }

    private async Task AlarmAsync(string kind) => Assert.True(
        await connector.Service<Database>().WaitUntilAsync(() => connector.Service<LogWatchStore>().Alarm()?.Kind == kind, Deadline.Limit, TestContext.Current.CancellationToken), kind);

    private Task<EvidenceStatus> StatusAsync()
    {
        var (entries, logged) = connector.Service<EvidenceTrail>().Count();
        return Task.FromResult(new EvidenceStatus { Entries = entries, Logged = logged, Log = connector.Service<LogWatchStore>().Status(), Alarm = connector.Service<LogWatchStore>().Alarm() });
    }

    private async Task<EvidenceStatus> LoggedAsync()
    {
        var status = await connector.ManageAsync<EvidenceStatus>(HttpMethod.Get, ManagementRoutes.Evidence);
        Assert.Equal(status.Entries, status.Logged);
        return status;
    }

    private Task<(HttpStatusCode Status, System.Text.Json.JsonElement Body)> AcceptAsync(string root) => connector.CallAsync(
        HttpMethod.Post, ManagementRoutes.EvidenceLogAcceptance, JsonNode.Parse(ProtocolJson.Write(new LogAcceptance(root))), TestConnector.ManagementToken);
}
