using System.Net;
using System.Text;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Cli.Commands;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Connector.Policies.Allows;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Scenarios.Settlement;
using Xunit;

namespace TrustedDataSpace.Scenarios.Evidence;

/// <summary>What is kept of decisions that allowed use, and of denials that are only counted.</summary>
public sealed class AllowTests(SharedSpace shared) : IClassFixture<SharedSpace>
{
    private readonly ReceiptSpace receipts = new(shared.Space);

    private TestSpace Space => receipts.Space;

    private IServiceProvider Provider => Space.Behind(Space.Provider).Services;

    [Fact]
    public async Task The_decisions_behind_an_interval_of_use_are_taken_again_with_the_same_answer_and_whatever_is_changed_raises_an_alarm()
    {
        var contract = await receipts.ContractAsync();
        var interval = UsageInterval.At(Space.Clock.GetUtcNow());
        for (var use = 0; use < 6; use++)
        {
            await ReceiptSpace.UseAsync(contract);
        }

        receipts.EndInterval();
        await receipts.ReceiptAsync(contract, ReceiptStates.Settled);
        var view = await GetAsync(contract.Flow, interval);
        var found = await AllowJudge.JudgeAsync(view.Entry, view, (contract.Flow, interval), CancellationToken.None);

        // Reused: not a question for each request.
        Assert.True(found.IsSound, string.Join(Environment.NewLine, found.Lines()));
        Assert.InRange(found.Decisions.Count, 1, 5);
        Assert.Equal((0L, contract.Agreement), (found.More, view.Entry.Agreement));
        Assert.All(found.Decisions, one => Assert.Equal("inference", one.Input!.Value.GetProperty("purpose").GetString()));
        Assert.Equal(view.Entry.Id, (await Space.Provider.WaitAsync<AllowView>(ManagementRoutes.For(ManagementRoutes.AllowById, view.Entry.Id), 0)).Entry.Id);

        // It names the record that was signed.
        var records = await Space.Provider.WaitAsync<Page<EvidenceItem>>(ManagementRoutes.EvidenceEntries + "?limit=200", 0);
        var record = Assert.Single(records.Items, item => item.Entry.Kind == EvidenceKinds.UsageRecorded && item.Entry.Process == contract.Flow);
        Assert.Equal(Protocol.Json.CanonicalJson.Hash(record.Entry.Data), view.Entry.Data.GetProperty("record").GetString());

        var kept = view.Decisions[0];
        var changed = Encoding.UTF8.GetString(Convert.FromBase64String(kept.Question)).Replace("inference", "training", StringComparison.Ordinal);
        await AlarmAsync(view with { Decisions = [kept with { Question = Convert.ToBase64String(Encoding.UTF8.GetBytes(changed)) }, .. view.Decisions.Skip(1)] }, "commits to");
        await AlarmAsync(view with { Decisions = [kept with { Revision = "another" }, .. view.Decisions.Skip(1)] }, "another revision");
        await AlarmAsync(view with { Entry = view.Entry with { Kind = "other" } }, "another entry");
        Assert.Contains("another interval", (await AllowJudge.JudgeAsync(view.Entry, view, (contract.Flow, interval + 1), CancellationToken.None)).Alarm!, StringComparison.Ordinal);
        var without = await AllowJudge.JudgeAsync(view.Entry, view with { Decisions = [] }, null, CancellationToken.None);
        Assert.False(without.IsSound);
        Assert.All(without.Decisions, one => Assert.Contains("not kept any more", one.Note!, StringComparison.Ordinal));

        // At rest nobody reads it; the consumer has none of it.
        var stored = Provider.GetRequiredService<Database>().Read(connection => connection.Query<string>("SELECT question FROM allowed_questions").AsList());
        Assert.All(stored, one => Assert.DoesNotContain("inference", one + Encoding.Latin1.GetString(Convert.FromBase64String(one)), StringComparison.Ordinal));
        using var none = await Space.Consumer.GetAsync(new Uri(Address(contract.Flow, interval), UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);

        async Task AlarmAsync(AllowView shown, string alarm)
        {
            var judged = await AllowJudge.JudgeAsync(view.Entry, shown, null, CancellationToken.None);
            Assert.False(judged.IsSound);
            Assert.Contains(alarm, string.Join(' ', judged.Lines()), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Of_one_flow_sixty_decisions_a_minute_are_kept_the_others_are_counted_and_a_kill_loses_none_that_was_stored()
    {
        var (database, interval, flow) = (Provider.GetRequiredService<Database>(), UsageInterval.At(Space.Clock.GetUtcNow()) - 10, "flow-of-decisions");
        using var trail = ActivatorUtilities.CreateInstance<AllowTrail>(Provider);
        for (var number = 0; number < AllowTrail.MostKept + 10; number++)
        {
            var wanted = trail.Wants(flow, interval);
            Assert.Equal(number < AllowTrail.MostKept, wanted);
            var decision = PolicyDecision.Allowed("permission[0]", "revision") with { Question = wanted ? Encoding.UTF8.GetBytes($"{{\"n\":{number}}}") : null };
            var note = trail.Taken(flow, interval, PolicyStage.Request, "inference", decision)!;

            // Used again in the same interval it is no other one.
            trail.UsedAgain(note, flow, interval);
        }

        Assert.Null(trail.Taken(flow, interval, PolicyStage.Request, null, PolicyDecision.EngineError("none", "")));
        await trail.StoreAsync();
        Assert.Equal(AllowTrail.MostKept, Count(database, "allowed_uses", flow));

        // Of a stream that began long ago: what is kept of its interval is counted on until it is recorded.
        Assert.False(trail.Wants(flow, interval));
        var entry = await RecordAsync(trail, database, flow, interval);
        Assert.Equal((AllowTrail.MostKept, 10), (entry.GetProperty("decisions").GetArrayLength(), entry.GetProperty("more").GetInt32()));
        Assert.True(trail.Wants(flow, interval));

        // Killed after it was stored: the next process has forgotten the count, and not the questions.
        var again = trail.Taken(flow, interval + 1, PolicyStage.Request, "inference", PolicyDecision.Allowed("permission[0]", "revision") with { Question = "{}"u8.ToArray() });
        Assert.NotNull(again);
        await trail.StoreAsync();
        using var next = ActivatorUtilities.CreateInstance<AllowTrail>(Provider);
        entry = await RecordAsync(next, database, flow, interval + 1);
        Assert.Equal((1, 0), (entry.GetProperty("decisions").GetArrayLength(), entry.GetProperty("more").GetInt32()));
    }

    [Fact]
    public async Task Denials_that_are_only_counted_are_stored_and_the_next_start_makes_them_evidence()
    {
        var contract = await Space.ContractAsync("limited-" + Guid.NewGuid().ToString("n"), TestSpace.Constraint("purpose", "isAnyOf", new[] { "inference" }));
        var trail = Provider.GetRequiredService<DenialTrail>();
        for (var number = 0; number < DenialTrail.MostSingle + 5; number++)
        {
            using var denied = await contract.UseAsync(purpose: "training");
            Assert.Equal(HttpStatusCode.Forbidden, denied.StatusCode);
        }

        await trail.StoreAsync();
        var database = Provider.GetRequiredService<Database>();
        Assert.Equal(5, database.Read(connection => connection.QuerySingle<long>("SELECT sum(denials) FROM denial_counts WHERE flow = @Flow", new { contract.Flow })));

        // As after a kill: another process on the same rows, that knows nothing of the first.
        using var next = ActivatorUtilities.CreateInstance<DenialTrail>(Provider);
        await next.StartAsync(CancellationToken.None);
        await next.StopAsync(CancellationToken.None);
        Assert.Equal(0, Count(database, "denial_counts", contract.Flow));
        var entries = database.Read(connection => connection.Query<string>("SELECT entry FROM evidence_trail").AsList()).Select(text => JsonDocument.Parse(text).RootElement);
        var summed = Assert.Single(entries, entry => entry.GetProperty("kind").GetString() == EvidenceKinds.DecisionsDenied && entry.GetProperty("process").GetString() == contract.Flow);
        Assert.Equal(5, summed.GetProperty("data").GetProperty("denials").GetInt32());
        Assert.Equal(5, summed.GetProperty("data").GetProperty("reasons")[0].GetProperty("count").GetInt32());
    }

    private static long Count(Database database, string table, string flow) => database.Read(connection => connection.QuerySingle<long>($"SELECT count(*) FROM {table} WHERE flow = @flow", new { flow }));

    private async Task<JsonElement> RecordAsync(AllowTrail trail, Database database, string flow, long interval)
    {
        var record = new UsageRecord
        {
            Id = $"{flow}/{interval}",
            Source = TestSpace.Grid,
            AgreementId = "urn:a",
            ProductId = "p",
            ProviderId = TestSpace.Grid,
            ConsumerId = TestSpace.Vpp,
            Flow = flow,
            Interval = interval,
            From = UsageInterval.Start(interval),
            To = UsageInterval.Start(interval + 1),
            Counts = [],
            Leaves = 0,
            LeafRoot = "root",
        };
        await database.WriteAsync(unit => trail.Record(unit, record));
        return (await GetAsync(flow, interval)).Entry.Data;
    }

    private Task<AllowView> GetAsync(string flow, long interval) => Space.Provider.WaitAsync<AllowView>(Address(flow, interval), 0);

    private static string Address(string flow, long interval) =>
        ManagementRoutes.AllowOfInterval.Replace("{flow}", Uri.EscapeDataString(flow), StringComparison.Ordinal).Replace("{interval}", interval.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
}
