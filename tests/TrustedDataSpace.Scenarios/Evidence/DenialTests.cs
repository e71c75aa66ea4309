using System.Net;
using System.Text;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector.Policies.Denials;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Scenarios.Evidence;

/// <summary>What is kept of a denial, for whoever asks why.</summary>
public sealed class DenialTests
{
    [Fact]
    public async Task The_question_of_a_denial_is_kept_sealed_for_its_time_and_is_the_one_that_the_evidence_commits_to()
    {
        await using var space = await TestSpace.StartAsync();
        var contract = await space.ContractAsync("limited", TestSpace.Constraint("purpose", "isAnyOf", new[] { "inference" }));
        Assert.Equal(HttpStatusCode.Forbidden, (await contract.UseAsync(purpose: "training")).StatusCode);
        var entry = await DeniedAsync(space);

        var denial = await GetAsync(space, entry.Id);
        var question = Convert.FromBase64String(denial.Question);
        Assert.True(Commitment.Opens(denial.Entry.Data.GetProperty("question").GetString()!, Convert.FromBase64String(denial.Salt), question));
        Assert.Equal("training", JsonDocument.Parse(question).RootElement.GetProperty("purpose").GetString());
        Assert.NotNull(denial.Policies);
        Assert.DoesNotContain("message", entry.Data.GetRawText(), StringComparison.Ordinal);

        // At rest nobody reads it.
        var stored = space.Behind(space.Provider).Services.GetRequiredService<Database>().Read(connection => connection.QuerySingle<string>("SELECT question FROM denied_questions"));
        Assert.DoesNotContain("training", stored + Encoding.UTF8.GetString(Convert.FromBase64String(stored)), StringComparison.Ordinal);

        space.Clock.Set(space.Clock.GetUtcNow() + TimeSpan.FromDays(31));
        using var over = await space.Provider.GetAsync(new Uri(ManagementRoutes.For(ManagementRoutes.DenialById, entry.Id), UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, over.StatusCode);
        Assert.Equal("question", (await over.ProblemAsync()).GetProperty("where").GetString());
        await space.Behind(space.Provider).Services.GetRequiredService<DenialEvidence>().SweepAsync();
        Assert.Equal(0, space.Behind(space.Provider).Services.GetRequiredService<Database>().Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM denied_questions")));
    }

    [Fact]
    public async Task One_question_a_minute_is_kept_for_the_same_reasons()
    {
        await using var space = await TestSpace.StartAsync();
        var contract = await space.ContractAsync("limited", TestSpace.Constraint("purpose", "isAnyOf", new[] { "inference" }));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await contract.UseAsync(purpose: "training")).StatusCode);
        }

        var page = await space.Provider.WaitAsync<Page<EvidenceItem>>(ManagementRoutes.EvidenceEntries + "?limit=200", seconds: 0);
        var denials = page.Items.Where(item => item.Entry.Kind == EvidenceKinds.DecisionDenied).ToList();
        Assert.Equal(3, denials.Count);
        Assert.Single(denials, denial => denial.Entry.Data.TryGetProperty("question", out _));
    }

    [Fact]
    public async Task There_is_no_denial_behind_another_entry_and_none_for_another_space()
    {
        await using var space = await TestSpace.StartAsync();
        await space.PublishAsync("published");
        var entries = await space.Provider.WaitAsync<Page<EvidenceItem>>(ManagementRoutes.EvidenceEntries, seconds: 0);
        foreach (var id in new[] { entries.Items[0].Entry.Id, "019e0000000070008000000000000001", "..%2f..%2fpolicies" })
        {
            using var none = await space.Provider.GetAsync(new Uri(ManagementRoutes.DenialById.Replace("{id}", id, StringComparison.Ordinal), UriKind.Relative));
            Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        }
    }

    private static async Task<EvidenceEntry> DeniedAsync(TestSpace space)
    {
        var page = await space.Provider.WaitAsync<Page<EvidenceItem>>(ManagementRoutes.EvidenceEntries + "?limit=200", seconds: 0);
        return Assert.Single(page.Items, item => item.Entry.Kind == EvidenceKinds.DecisionDenied).Entry;
    }

    private static Task<DenialView> GetAsync(TestSpace space, string id) =>
        space.Provider.WaitAsync<DenialView>(ManagementRoutes.For(ManagementRoutes.DenialById, id), seconds: 0);
}
