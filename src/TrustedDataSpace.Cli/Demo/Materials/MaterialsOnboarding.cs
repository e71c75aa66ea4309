using TrustedDataSpace.Cli.Sources;
using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Tokens;

namespace TrustedDataSpace.Cli.Demo.Materials;

/// <summary>From nothing to an assistant that has read two providers' reports, under contract.</summary>
internal sealed class MaterialsOnboarding(DemoSpace space)
{
    private const string Purpose = "inference:retrieval";

    public async Task<string> StartAsync(CancellationToken cancellation)
    {
        await space.StartAsync();
        return $"authority {space.Host.Access.Authority.Url}, assistant's provider {space.Provider.Url}, maker of parts {space.Consumer.Url}, sources {space.Host.SourceUrl}";
    }

    public async Task<string> AdmitAsync(CancellationToken cancellation)
    {
        var revisions = new HashSet<string>();
        foreach (var participant in space.Definition.Participants)
        {
            var status = await Onboarding.AdmitAsync(space.Operator, space.ManagementOf(participant.ShortName), participant.Id, cancellation);
            revisions.Add(status.PolicyRevision!);
        }

        Expect.Equal(1, revisions.Count, "revisions of the policies in force");
        return $"{space.Definition.Participants.Count} active members; policies {revisions.Single()} in force at all";
    }

    public async Task<string> PublishAsync(CancellationToken cancellation)
    {
        var published = new List<ProductView>();
        foreach (var participant in space.Definition.Participants)
        {
            published.AddRange(await Onboarding.PublishAsync(
                space.ManagementOf(participant.ShortName), participant, space.Host.SourceUrl, space.Host.Access.SourceCredential, cancellation));
        }

        Expect.Equal(3, published.Count, "products published");
        var terms = published.SelectMany(product => product.Coverage).GroupBy(term => term.Word).OrderBy(group => group.Key, StringComparer.Ordinal);
        return $"{published.Count} products; terms: {string.Join(", ", terms.Select(group => $"{group.Count()} {group.Key}"))}";
    }

    /// <summary>The assistant learns of the reports by its provider's connector alone; what it reads is counted in tokens on both sides.</summary>
    public async Task<string> ReadReportsAsync(CancellationToken cancellation)
    {
        var seen = new List<string>();
        foreach (var (owner, provider) in new[] { (MaterialsDemo.Mill, ReportChunks.Mill), (MaterialsDemo.Lab, ReportChunks.Lab) })
        {
            var model = space.ManagementOf(MaterialsDemo.Model);
            var agreement = await DemoSpace.AgreeAsync(model, provider, "report_chunk_" + owner, cancellation);
            var transfer = await model.TransferAsync(agreement, cancellation);
            Expect.Equal(TransferStates.Started, transfer.State, $"the transfer of the reports of {owner}");
            var secret = (await model.GrantAsync(new ApplicationGrant { Name = "index of " + owner, Agreements = [agreement], Purposes = [Purpose], Person = "Zhao Min" }, cancellation)).Secret;
            var rows = await space.ApplicationOf(MaterialsDemo.Model).FetchAsync(agreement, "", Purpose, secret, cancellation);
            Expect.Equal(ReportChunks.Csv(provider), rows, $"the reports of {owner}");
            await space.PutIntoSourceAsync("/index", rows, cancellation);

            var expected = rows.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Sum(row => Tokenizer.BuiltIn.Count(row.Split('"')[1]));
            foreach (var side in new[] { space.ManagementOf(owner), model })
            {
                Expect.Equal(expected, (await side.UsageAsync(agreement, cancellation)).Counts.Single().TokensData ?? -1, $"tokens of the reports of {owner} on a meter");
            }

            seen.Add($"{owner} {expected:N0} tokens in {expected / ReportChunks.TokensEach} pieces");
        }

        return $"{string.Join(", ", seen)}, each counted alike by both connectors; now in the assistant's index";
    }

    public async Task<string> RefuseReportsAsync(CancellationToken cancellation)
    {
        var catalog = await space.ManagementOf(MaterialsDemo.Maker).CatalogAsync(ReportChunks.Mill, cancellation);
        Expect.Equal(0, catalog.Datasets.Count, "reports of the mill that the catalog shows to a maker of parts");
        return "the mill's catalog shows its reports to who provides a model, and nothing to the maker of parts";
    }
}
