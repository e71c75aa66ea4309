using System.Net;
using System.Net.Http.Headers;
using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Testing;
using TrustedDataSpace.Testing.Restart;
using Xunit;

namespace TrustedDataSpace.Scenarios.Evidence;

/// <summary>A provider is killed while an application is denied again and again (docs/log-format.md, "Why: a decision again").</summary>
public sealed class DenialKillTests : IDisposable
{
    private const int Kills = 2;

    // More than are evidence singly: the others are counted.
    private const int AtLeast = 100;

    // Singly, as sums of minutes that are over, and as counts of those that are not.
    private const string AllDenials =
        """
        SELECT (SELECT count(*) FROM evidence_trail WHERE json_extract(entry, '$.kind') = 'decision.denied')
            + (SELECT coalesce(sum(json_extract(entry, '$.data.denials')), 0) FROM evidence_trail WHERE json_extract(entry, '$.kind') = 'decisions.denied')
            + (SELECT coalesce(sum(denials), 0) FROM denial_counts)
        """;

    private readonly SemaphoreSlim answers = new(0);
    private long begun;
    private long told;
    private volatile bool killed;

    public void Dispose() => answers.Dispose();

    [Fact]
    public async Task A_kill_loses_no_denial_whose_count_was_stored_and_counts_none_twice()
    {
        await using var space = await KillableSpace.StartAsync();
        await space.PublishAsync("training", purpose: "training");
        var contract = await space.ContractAsync("training");
        var kept = 0L;
        for (var kill = 0; kill < Kills; kill++)
        {
            (begun, told, killed) = (0, 0, false);
            var denying = DenyUntilKilledAsync(space, contract);
            await UntilAsync(() => Interlocked.Read(ref told) >= AtLeast);

            // What was told up to now is stored a second later, though the denials go on and their minute is not over.
            var certain = kept + Interlocked.Read(ref told);
            await UntilAsync(() => Stored(space) >= certain);
            await space.Provider.KillAsync();
            killed = true;
            await denying.Within("the denials to end");
            await space.Provider.StartAsync();

            // The start has made evidence of what was only counted.
            var found = Stored(space);
            Assert.InRange(found, certain, kept + begun);
            kept = found;
            Assert.Equal(0, Counts(space));
        }
    }

    private async Task DenyUntilKilledAsync(KillableSpace space, Contract contract)
    {
        using var application = new HttpClient { BaseAddress = space.Consumer.Url, Timeout = Deadline.Limit };
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/consume/{contract.Agreement}/rows/1");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", contract.Secret);
            Interlocked.Increment(ref begun);
            using var answer = await application.SendAsync(request, CancellationToken.None);
            if (answer.StatusCode == HttpStatusCode.Forbidden)
            {
                Interlocked.Increment(ref told);
                answers.Release();
                continue;
            }

            // The provider is gone, or was and is not ready yet.
            Assert.True((int)answer.StatusCode >= 500, $"{answer.StatusCode} {await answer.Content.ReadAsStringAsync(CancellationToken.None)}");
            if (killed)
            {
                return;
            }
        }
    }

    // Looked at after each answer.
    private async Task UntilAsync(Func<bool> holds)
    {
        using var deadline = new CancellationTokenSource(Deadline.Limit);
        while (!holds())
        {
            Assert.False(deadline.IsCancellationRequested, $"waited {Deadline.Limit} for the denials to be stored");
            await answers.WaitAsync(CancellationToken.None).Within("an answer");
        }
    }

    private static long Stored(KillableSpace space) => Ask(space, AllDenials);

    private static long Counts(KillableSpace space) => Ask(space, "SELECT count(*) FROM denial_counts");

    private static long Ask(KillableSpace space, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(space.Provider.Folder, "tds.sqlite"),
            Mode = SqliteOpenMode.ReadOnly,
            Pooling = false,
        }.ToString());
        return connection.QuerySingle<long>(sql);
    }
}
