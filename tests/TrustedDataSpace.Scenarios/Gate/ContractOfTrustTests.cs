using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Scenarios.BadInput;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Gate;

/// <summary>What a contract may ask of the authority: that evidence is in its log before each release, and that its word on the consumer is no older than so.</summary>
public sealed class ContractOfTrustTests
{
    private const string OwnRules =
        """
        package tds.layers.own

        duties contains "log" if input.product.id == "by-rule"

        duties contains "delete" if input.purpose == "training"
        """;

    [Fact]
    public async Task Evidence_is_in_the_log_before_the_source_is_asked_and_without_the_authority_nothing_is_released()
    {
        using var own = new TempFolder();
        Directory.CreateDirectory(own["rules"]);
        await File.WriteAllTextAsync(Path.Combine(own["rules"], "own.rego"), OwnRules, TestContext.Current.CancellationToken);

        // A busy machine may need longer for a receipt than the usual five seconds.
        await using var space = await TestSpace.StartAsync(adjust: (name, settings) => name == "grid"
            ? settings with { Policies = settings.Policies with { Own = own["rules"] }, Data = settings.Data with { EvidenceDeadline = TimeSpan.FromSeconds(10) } }
            : settings);
        var logged = await space.LoggedContractAsync("logged");
        var plain = await space.ContractAsync("plain");
        var told = await space.LoggedContractAsync("told", "inform");
        var trail = space.Behind(space.Provider).Services.GetRequiredService<EvidenceTrail>();
        var asked = 0;
        var seen = new List<(string Process, long? Index)>();
        space.Source = context =>
        {
            Interlocked.Increment(ref asked);
            lock (seen)
            {
                seen.AddRange(trail.Placed("", 10_000).Where(one => one.Entry.Kind == EvidenceKinds.ReleaseAnnounced).Select(one => (one.Entry.Process!, one.Index)));
            }

            return TestSpace.Csv(context);
        };

        // Twice: decided afresh, and by the answer that still holds.
        for (var use = 1; use <= 2; use++)
        {
            using var answer = await logged.UseAsync();
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(use, seen.Count);
            Assert.All(seen, one => Assert.Equal((logged.Flow, true), (one.Process, one.Index is not null)));
            seen.Clear();
        }

        // The log itself has them, each about one use of the flow.
        var entries = await EntriesAsync(space);
        Assert.Equal([1, 2], entries.Select(entry => entry.Data.GetProperty("sequence").GetInt64()));
        Assert.All(entries, entry => Assert.Equal((TestSpace.Grid, logged.Agreement), (entry.Source, entry.Agreement)));

        // Many at once wait together.
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ => Assert.Equal(HttpStatusCode.OK, (await logged.UseAsync()).StatusCode)));
        Assert.Equal(42, asked);
        Assert.Equal(42, (await EntriesAsync(space)).Select(entry => (entry.Data.GetProperty("interval").GetInt64(), entry.Data.GetProperty("sequence").GetInt64())).Distinct().Count());

        // A rule of the provider's own may ask for the same. What nothing carries out denies.
        var ruled = await space.ContractAsync("by-rule");
        using (var answer = await ruled.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Contains(await EntriesAsync(space), entry => entry.Process == ruled.Flow);
        }

        using (var owing = await logged.UseAsync(purpose: "training"))
        {
            Assert.Equal(HttpStatusCode.Forbidden, owing.StatusCode);
            Assert.Equal("duty_outstanding", (await owing.ProblemAsync()).GetProperty("reasons")[0].GetProperty("code").GetString());
        }

        Assert.Equal(43, asked);
        await space.StopAuthorityAsync();
        using (var refused = await logged.UseAsync())
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            var problem = await refused.ProblemAsync();
            Assert.Equal("evidence_not_acknowledged", problem.GetProperty("reasons")[0].GetProperty("code").GetString());
            Assert.Contains("try again when the authority", problem.GetProperty("remedy").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(43, asked);
        using (var other = await plain.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        }

        // Notice is among the provider's own events, with or without an authority.
        using (var notified = await told.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, notified.StatusCode);
            var events = ProtocolJson.Parse(await space.Provider.GetByteArrayAsync(new Uri($"{ManagementRoutes.Events}?process={told.Flow}", UriKind.Relative)));
            Assert.Single(events.GetProperty("items").EnumerateArray(), one => one.GetProperty("kind").GetString() == EvidenceKinds.ReleaseAnnounced);
        }

        // While the log is known to be silent, no entry is made for what cannot happen.
        var before = trail.Count().Entries;
        for (var i = 0; i < 3; i++)
        {
            using var refused = await logged.UseAsync();
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        }

        Assert.DoesNotContain(trail.Placed("", 10_000).Skip((int)before), one => one.Entry.Kind == EvidenceKinds.ReleaseAnnounced);

        await space.RestartAuthorityAsync();
        using var deadline = new CancellationTokenSource(Deadline.Limit);
        while ((await logged.UseAsync()).StatusCode != HttpStatusCode.OK)
        {
            deadline.Token.ThrowIfCancellationRequested();
        }

        // Both sides count what was released, and nothing else.
        Assert.Equal(43, Assert.Single(await logged.CountsAsync()).Requests);
    }

    [Fact]
    public async Task A_contract_may_ask_for_a_younger_word_of_the_authority_than_others_do()
    {
        await using var space = await TestSpace.StartAsync();
        var strict = await space.ContractAsync("strict", TestSpace.Constraint("tds:standingAge", "lteq", "PT10S"));
        var usual = await space.ContractAsync("usual");
        space.Source = async context =>
        {
            context.Response.ContentType = "text/csv";
            await context.Response.WriteAsync("id\n1\n");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        };
        using var strictAnswer = await strict.UseAsync(read: HttpCompletionOption.ResponseHeadersRead);
        using var usualAnswer = await usual.UseAsync(read: HttpCompletionOption.ResponseHeadersRead);
        await using var strictStream = await OpenedAsync(strictAnswer);
        await using var usualStream = await OpenedAsync(usualAnswer);
        await space.StopAuthorityAsync();

        space.Clock.Set(space.Clock.GetUtcNow() + TimeSpan.FromSeconds(11));
        await CutAsync(strictStream);
        space.Source = TestSpace.Csv;
        using (var refused = await strict.UseAsync())
        {
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            var reason = (await refused.ProblemAsync()).GetProperty("reasons")[0];
            Assert.Equal(("constraint_not_met", "permission[0].constraint[0]"), (reason.GetProperty("code").GetString(), reason.GetProperty("term").GetString()));
        }

        using (var allowed = await usual.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
        }

        space.Clock.Set(space.Clock.GetUtcNow() + TimeSpan.FromSeconds(50));
        await CutAsync(usualStream);
        using (var refused = await usual.UseAsync())
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Equal("standing", (await refused.ProblemAsync()).GetProperty("reasons")[0].GetProperty("code").GetString());
        }

        await space.RestartAuthorityAsync();
        using var deadline = new CancellationTokenSource(Deadline.Limit);
        while ((await strict.UseAsync()).StatusCode != HttpStatusCode.OK)
        {
            deadline.Token.ThrowIfCancellationRequested();
        }
    }

    private static async Task<List<EvidenceEntry>> EntriesAsync(TestSpace space)
    {
        var page = ProtocolJson.Parse(await space.Operator.GetByteArrayAsync(new Uri(AuthorityRoutes.EvidenceEntries + "?limit=1000", UriKind.Relative)));
        return [.. page.GetProperty("items").EnumerateArray().Select(entry => ProtocolJson.Read<EvidenceEntry>(entry)).Where(entry => entry.Kind == EvidenceKinds.ReleaseAnnounced)];
    }

    private static async Task<Stream> OpenedAsync(HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var stream = await answer.Content.ReadAsStreamAsync();
        await stream.ReadExactlyAsync(new byte[5]).AsTask().Within("the first row");
        return stream;
    }

    private static async Task CutAsync(Stream stream) =>
        await Assert.ThrowsAnyAsync<Exception>(async () => Assert.Equal(0, await stream.ReadAsync(new byte[16]))).Within("the cut");
}
