using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Spaces;

/// <summary>
/// Nothing of another space is seen, changed or acted on, even where it lies in the same database: all endpoints are asked with ids of the
/// other space and answer as they do to ids that nobody has, the workers go on with what is the space's own, and SQLite itself says of each
/// statement that it goes by the space.
/// </summary>
public sealed class SpaceWalkTests(MixedSpaces spaces) : IClassFixture<MixedSpaces>
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
    private static readonly string[] OfTheFolder = ["SELECT count(*) FROM signing_keys"];

    [Fact]
    public async Task A_connector_sees_and_changes_nothing_of_another_space_in_its_own_database()
    {
        var space = spaces.Alpha;
        var folders = new[] { MixedSpaces.FolderOf(space, space.Provider), MixedSpaces.FolderOf(space, space.Consumer) };
        var before = folders.Select(folder => ForeignRows.Snapshot(folder, MixedSpaces.Own)).ToList();
        Assert.All(before, tables => Assert.All(tables, table => Assert.NotEmpty(table.Value)));

        using var provider = new SpaceWalker(space, space.Provider, space.Consumer, spaces.Contract.Secret);
        using var consumer = new SpaceWalker(space, space.Consumer, space.Provider, spaces.Contract.Secret);
        var wrong = new List<string>();
        foreach (var (walker, folder) in new[] { (provider, folders[0]), (consumer, folders[1]) })
        {
            var ids = ForeignRows.Ids(folder, MixedSpaces.Other);
            Assert.True(ids.Count > 20, string.Join(' ', ids));

            // First: what is said about such an id may be kept, such as an application that names an agreement.
            wrong.AddRange(await ListsAsync(walker, [.. ids, ForeignRows.Mark, ForeignRows.Twin, ForeignRows.Blank]));
            wrong.AddRange(await ByIdAsync(walker, ids, mustBeUnknown: true));
        }

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
        await WorkAsync(space, "alpha-connector");
        foreach (var (folder, tables) in folders.Zip(before))
        {
            AssertUnchanged(tables, folder);
        }

        Assert.DoesNotContain(space.Log.Lines, line => line.Level >= LogLevel.Error);
        await StatementsAsync(space, space.Provider, folders[0]);
        await StatementsAsync(space, space.Consumer, folders[1]);
    }

    [Fact]
    public async Task An_authority_sees_and_changes_nothing_of_another_space_in_its_own_database()
    {
        var space = spaces.Alpha;
        var folder = MixedSpaces.FolderOf(space, space.Operator);
        await space.StopAuthorityAsync();
        ForeignRows.Put(folder, MixedSpaces.FolderOf(spaces.Beta, spaces.Beta.Operator), MixedSpaces.Own);
        await space.RestartAuthorityAsync();
        var before = ForeignRows.Snapshot(folder, MixedSpaces.Own);

        using var authority = new SpaceWalker(space, space.Operator, space.Consumer, spaces.Contract.Secret);
        var ids = ForeignRows.Ids(folder, MixedSpaces.Other);
        Assert.True(ids.Count > 10, string.Join(' ', ids));
        var wrong = await ListsAsync(authority, [.. ids, ForeignRows.Mark, ForeignRows.Twin, ForeignRows.Blank]);
        wrong.AddRange(await ByIdAsync(authority, ids, mustBeUnknown: false));
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
        await WorkAsync(space, "alpha-authority");
        AssertUnchanged(before, folder);
        await StatementsAsync(space, space.Operator, folder);
    }

    [Fact]
    public void The_space_leads_every_key_and_every_index()
    {
        var folders = new[] { MixedSpaces.FolderOf(spaces.Alpha, spaces.Alpha.Provider), MixedSpaces.FolderOf(spaces.Alpha, spaces.Alpha.Operator) };

        // Of the database itself, not of a space; words of products by the number of their row, which is of the whole table and looked up in the space's own.
        Assert.All(
            folders.SelectMany(ForeignRows.WithoutSpace),
            name => Assert.True(name.StartsWith("schema_version", StringComparison.Ordinal) || name.StartsWith("product_words", StringComparison.Ordinal) || name == "products: products_by_seq", name));
    }

    private static async Task<List<string>> ByIdAsync(SpaceWalker walker, IReadOnlyList<string> ids, bool mustBeUnknown)
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

    private static async Task<List<string>> ListsAsync(SpaceWalker walker, IReadOnlyList<string> marks)
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
    private async Task WorkAsync(TestSpace space, string product)
    {
        using (var answer = await spaces.Contract.UseAsync())
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

    private static void AssertUnchanged(IReadOnlyDictionary<string, string> before, string folder)
    {
        var after = ForeignRows.Snapshot(folder, MixedSpaces.Own);
        Assert.All(before, table => Assert.True(table.Value == after[table.Key], $"{table.Key} of another space has changed:\n{table.Value}\n---\n{after[table.Key]}"));
    }

    private static async Task StatementsAsync(TestSpace space, HttpClient service, string folder)
    {
        var statements = await StatementPlans.StatementsAsync(space.Behind(service).Services.GetRequiredService<Database>());
        Assert.True(statements.Count > 100, $"{statements.Count} statements");
        var wrong = statements.Except(OfTheFolder)
            .Select(statement => (Statement: statement, Steps: StatementPlans.StepsWithoutSpace(folder, statement)))
            .Where(found => found.Steps.Count > 0)
            .Select(found => $"{string.Join("; ", found.Steps)}: {found.Statement}")
            .ToList();
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }
}
