using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Scenarios.Spaces;

/// <summary>
/// Two spaces with the same members. What the connectors of the one have stored lies in the databases of the other's as well, and rows that
/// nobody could read: they were started on that, and work on.
/// </summary>
public sealed class MixedSpaces : IAsyncLifetime
{
    public const string Own = "alpha-space";
    public const string Other = "beta-space";

    /// <summary>The space that is asked.</summary>
    public TestSpace Alpha { get; private set; } = null!;

    /// <summary>The space whose rows lie there, too.</summary>
    public TestSpace Beta { get; private set; } = null!;

    /// <summary>From before the rows came.</summary>
    public TestContract Contract { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Alpha = await TestSpace.StartAsync(id: Own);
        Beta = await TestSpace.StartAsync(id: Other);
        Contract = await FillAsync(Alpha, "alpha");
        await FillAsync(Beta, "beta");
        var others = new Queue<string>([FolderOf(Beta, Beta.Provider), FolderOf(Beta, Beta.Consumer)]);
        await Alpha.RestartConnectorsAsync(folder =>
        {
            ForeignRows.Put(folder, others.Dequeue(), Own);
            ForeignRows.MakeDue(folder, Own);
        });
    }

    public async ValueTask DisposeAsync()
    {
        await Alpha.DisposeAsync();
        await Beta.DisposeAsync();
    }

    internal static string FolderOf(TestSpace space, HttpClient service) => space.Behind(service).Services.GetRequiredService<ServiceSettings>().Storage.Folder;

    /// <summary>Something of most that a connector stores, with names of that space; what is not there is listed in <see cref="SpaceWalkTests"/>.</summary>
    private static async Task<TestContract> FillAsync(TestSpace space, string name)
    {
        var contract = await space.ContractAsync(name + "-curves");
        (await contract.UseAsync()).EnsureSuccessStatusCode().Dispose();
        var limited = await space.ContractAsync(name + "-limited", TestSpace.Constraint("purpose", "eq", "training"));
        using (var denied = await limited.UseAsync())
        {
            Assert.Equal(System.Net.HttpStatusCode.Forbidden, denied.StatusCode);
        }

        await space.Consumer.PostAsync<JsonElement>(ManagementRoutes.For(ManagementRoutes.TransferTermination, limited.Transfer), new Termination { Reason = "enough" });
        foreach (var side in new[] { space.Provider, space.Consumer })
        {
            await side.PostAsync<TokenSecret>(TokenRoutes.Tokens, new TokenDefinition { Name = name + "-watcher", Scopes = ["status:read"] });
            await side.PostAsync<ConsentView>(ManagementRoutes.Consents, new ConsentGrant { Subject = name + "-mill", Product = name + "-curves", Purpose = "inference" });
            using var signal = await side.PutAsync(
                new Uri(ManagementRoutes.For(ManagementRoutes.SignalByName, name + "-signal"), UriKind.Relative), new StringContent("""{"value":"on"}""", System.Text.Encoding.UTF8, "application/json"));
            signal.EnsureSuccessStatusCode();
            await side.PostAsync<JsonElement>(ManagementRoutes.Webhooks, new WebhookDefinition { Url = $"https://{name}.example/hook" });
        }

        // Written down with its receipts before anybody copies it.
        await space.Consumer.WaitAsync<UsageView>($"{ManagementRoutes.Usage}?agreement={Uri.EscapeDataString(contract.Agreement)}");
        await space.Provider.WaitAsync<EvidenceStatus>(ManagementRoutes.Evidence);
        await space.Consumer.WaitAsync<EvidenceStatus>(ManagementRoutes.Evidence);
        return contract;
    }
}
