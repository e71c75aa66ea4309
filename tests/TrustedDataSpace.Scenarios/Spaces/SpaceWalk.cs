using System.Net;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Spaces;

/// <summary>What is asked of a service in whose database rows of other spaces lie.</summary>
internal static class SpaceWalk
{
    /// <summary>Named in the address, and not looked up: the answer is the same for every id, and it is not 404.</summary>
    private static readonly Dictionary<string, string> NotLookedUp = new(StringComparer.Ordinal)
    {
        ["GET /data/{**rest}"] = "the token comes first, and holds for no flow that is not here",
        ["POST /data/{**rest}"] = "the same",
        ["GET /consume/{**rest}"] = "the application comes first, and may use no such agreement",
        ["POST /consume/{**rest}"] = "the same",
        ["GET /push/{**rest}"] = "no method of it",
        ["POST /push/{**rest}"] = "the token comes first",
        ["PUT /api/v1/signals/{id}"] = "makes one of that name, here",
        ["POST /dsp/2025-1/catalogs/{name}/catalog/request"] = "a catalog with nothing in it",
        ["GET /v1/data/{**path}"] = "as OPA: a document that is not there is an empty answer",
        ["POST /v1/data/{**path}"] = "the same",
    };

    /// <summary>Read across spaces with intent.</summary>
    private static readonly string[] OfTheFolder = ["SELECT count(*) FROM signing_keys", "SELECT coalesce(max(seq), 0) + 1 FROM products"];

    /// <summary>Asks all endpoints about each id, and about one that nobody has; returns where the answers differ, or where what is not there is not answered with 404.</summary>
    public static async Task<List<string>> ByIdAsync(SpaceWalker walker, IReadOnlyList<string> ids, bool mustBeUnknown)
    {
        var wrong = new List<string>();

        // Last what makes a thing of that name.
        foreach (var probe in Probe.Of(walker.Services).OrderBy(probe => probe.Method == "PUT"))
        {
            foreach (var id in ids)
            {
                var known = await walker.AskAsync(probe, id);
                var unknown = await walker.AskAsync(probe, SpaceWalker.Unknown(id));
                if (known != unknown)
                {
                    wrong.Add($"{probe.With(id)} answers {known.Status} {known.Text} and not {unknown.Status} {unknown.Text}");
                }
                else if (mustBeUnknown && probe.IsByAddress && known.Status != (int)HttpStatusCode.NotFound && !NotLookedUp.ContainsKey($"{probe.Method} {probe.Route}"))
                {
                    wrong.Add($"{probe.With(id)} answers {known.Status} {known.Text}");
                    break;
                }
            }
        }

        return wrong;
    }

    /// <summary>How many endpoints show something under one of the ids.</summary>
    public static async Task<int> SeenAsync(SpaceWalker walker, IReadOnlyList<string> ids)
    {
        var seen = new HashSet<string>();
        foreach (var probe in Probe.Of(walker.Services).Where(probe => probe is { Method: "GET", IsByAddress: true, Policy: not null }))
        {
            foreach (var id in ids)
            {
                if ((await walker.AskAsync(probe, id)).Status == (int)HttpStatusCode.OK)
                {
                    seen.Add(probe.Route);
                    break;
                }
            }
        }

        return seen.Count;
    }

    /// <summary>Reads all that can be read without an id; returns where one of the marks stands in it.</summary>
    public static async Task<List<string>> ListsAsync(SpaceWalker walker, IReadOnlyList<string> marks)
    {
        var wrong = new List<string>();
        foreach (var list in Probe.Lists(walker.Services))
        {
            var (status, text) = await walker.AskAsync(list, "none");
            wrong.AddRange(marks.Where(mark => text.Contains(mark, StringComparison.Ordinal)).Select(mark => $"{list} answers {status} with {mark}"));
        }

        return wrong;
    }

    /// <summary>All workers have something of their own to do.</summary>
    public static async Task WorkAsync(TestSpace space, TestContract before, string product)
    {
        using (var answer = await before.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var contract = await space.ContractAsync(product);
        using (var answer = await contract.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        await space.Consumer.PostAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferTermination, contract.Transfer), new Termination { Reason = "enough" });
        var records = await space.Consumer.WaitAsync<UsageView>($"{ManagementRoutes.Usage}?agreement={Uri.EscapeDataString(contract.Agreement)}");
        Assert.NotNull(records);
        foreach (var side in new[] { space.Provider, space.Consumer })
        {
            var evidence = await side.WaitAsync<EvidenceStatus>(ManagementRoutes.Evidence);
            Assert.Equal(evidence.Entries, evidence.Logged);
            var database = space.Behind(side).Services.GetRequiredService<Database>();
            Assert.True(await database.WaitUntilAsync(
                () => database.Read(connection => Dapper.SqlMapper.QuerySingle<long>(connection, "SELECT count(*) FROM outbox WHERE space_id = @Own", new { MixedSpaces.Own })) == 0,
                Deadline.Limit,
                CancellationToken.None));
        }
    }

    /// <summary>The rows of other spaces are what they were.</summary>
    public static void AssertUnchanged(IReadOnlyDictionary<string, string> before, string folder)
    {
        var after = ForeignRows.Snapshot(folder, MixedSpaces.Own);
        Assert.All(before, table => Assert.True(table.Value == after[table.Key], $"{table.Key} of another space has changed:\n{table.Value}\n---\n{after[table.Key]}"));
    }

    /// <summary>Every statement that the service has run in the walk goes by the space.</summary>
    /// <param name="space">The space.</param>
    /// <param name="service">Client of the service.</param>
    /// <param name="folder">Of the service.</param>
    /// <param name="atLeast">So many different ones have run, or the walk no longer goes where it went.</param>
    public static async Task StatementsAsync(TestSpace space, HttpClient service, string folder, int atLeast)
    {
        var statements = await StatementPlans.StatementsAsync(space.Behind(service).Services.GetRequiredService<Database>());
        Assert.True(statements.Count >= atLeast, $"{statements.Count} statements");
        var wrong = statements.Except(OfTheFolder)
            .Select(statement => (Statement: statement, Steps: StatementPlans.StepsWithoutSpace(folder, statement)))
            .Where(found => found.Steps.Count > 0)
            .Select(found => $"{string.Join("; ", found.Steps)}: {found.Statement}")
            .ToList();
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }
}
