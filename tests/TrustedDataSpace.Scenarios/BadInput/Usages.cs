using Microsoft.Extensions.Logging;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Scenarios.BadInput;

/// <summary>What both connectors have counted of a contract, and logged.</summary>
internal static class Usages
{
    /// <summary>The counts, which must be the same on both sides.</summary>
    public static async Task<IReadOnlyList<UsageCounts>> CountsAsync(this TestContract contract)
    {
        var route = $"{ManagementRoutes.Usage}?agreement={contract.Agreement}";
        var provider = (await contract.Space.Provider.WaitAsync<UsageView>(route)).Counts;
        Assert.Equal(provider, (await contract.Space.Consumer.WaitAsync<UsageView>(route)).Counts);
        return provider;
    }

    /// <summary>The records of an ended transfer, which must match one by one.</summary>
    public static async Task<IReadOnlyList<UsageRecord>> RecordsAsync(this TestContract contract)
    {
        var route = $"{ManagementRoutes.UsageRecords}?agreement={contract.Agreement}";
        var provider = (await contract.Space.Provider.WaitAsync<Page<UsageRecord>>(route)).Items;
        var consumer = (await contract.Space.Consumer.WaitAsync<Page<UsageRecord>>(route)).Items;
        Assert.Equal(provider.Count, consumer.Count);
        Assert.All(provider.Zip(consumer), pair => Assert.True(pair.First.Matches(pair.Second)));
        return provider;
    }

    /// <summary>Lines of the service that tell of a refusal.</summary>
    public static int Refusals(this TestSpace space, string service, string path = "/") =>
        space.Log.Lines.Count(line => line.Service == service && line.Level == LogLevel.Information && line.Text.Contains(" refused (", StringComparison.Ordinal) && line.Text.Contains(" " + path, StringComparison.Ordinal));
}
