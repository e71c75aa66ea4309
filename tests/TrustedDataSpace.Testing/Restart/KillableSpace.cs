using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Testing.Restart;

/// <summary>Authority, provider and consumer as three processes that may be killed at any moment, and a source in this one.</summary>
public sealed class KillableSpace : IAsyncDisposable
{
    public const string Grid = "did:web:grid.example";
    public const string Vpp = "did:web:vpp.example";
    private const string AuthorityId = "did:web:authority.example";
    private const string AuthorityProgram = "TrustedDataSpace.Authority";
    private const string ConnectorProgram = "TrustedDataSpace.Connector";

    private readonly TempFolder folder = new();
    private readonly WebApplication source;

    private KillableSpace(WebApplication source, IReadOnlyDictionary<string, string>? ofConnectors)
    {
        this.source = source;
        Authority = Make("authority", AuthorityProgram, AuthorityId, []);
        var joining = new Dictionary<string, string>
        {
            ["Authority:Url"] = Authority.Url.GetLeftPart(UriPartial.Authority),
            ["Authority:Id"] = AuthorityId,
            ["Membership:Region"] = "44",
            ["Membership:Roles:0"] = "member",
        };
        foreach (var (name, value) in ofConnectors ?? new Dictionary<string, string>())
        {
            joining[name] = value;
        }

        Provider = Make("provider", ConnectorProgram, Grid, joining);
        Consumer = Make("consumer", ConnectorProgram, Vpp, joining);
    }

    public Member Authority { get; }

    public Member Provider { get; }

    public Member Consumer { get; }

    public IReadOnlyList<Member> Members => [Authority, Provider, Consumer];

    /// <summary>Starts everything and admits both connectors.</summary>
    /// <param name="ofConnectors">Settings of both connectors besides the usual ones.</param>
    public static async Task<KillableSpace> StartAsync(IReadOnlyDictionary<string, string>? ofConnectors = null)
    {
        var space = new KillableSpace(await ScriptedSource.StartAsync(), ofConnectors);
        try
        {
            await space.Authority.StartAsync();
            await Task.WhenAll(space.Provider.StartAsync(), space.Consumer.StartAsync());
            foreach (var (member, id) in new[] { (space.Provider, Grid), (space.Consumer, Vpp) })
            {
                await member.UntilAsync("to have applied", async () =>
                    (await member.GetAsync<ConnectorStatus>(ManagementRoutes.Status)).Membership == ParticipantStates.Applied);
                await space.Authority.PostAsync<JsonElement>(AuthorityRoutes.ForAdmission(id), new { });
                var status = await member.GetAsync<ConnectorStatus>(ManagementRoutes.Status, wait: true);
                Fail.Unless(status is { Membership: ParticipantStates.Active, PolicyRevision: not null }, $"{id} is {status.Membership}");
            }

            return space;
        }
        catch
        {
            await space.DisposeAsync();
            throw;
        }
    }

    /// <summary>Completes when all three listen.</summary>
    public Task UpAsync() => Task.WhenAll(Members.Select(member => member.Up)).Within("all programs to run");

    /// <summary>Publishes a product over the source; with a limit of uses or the only purpose if one is given, with evidence before each release if that is asked for.</summary>
    public async Task PublishAsync(string product, int? uses = null, string negotiation = NegotiationModes.Automatic, object? pricePlan = null, bool logged = false, string? purpose = null)
    {
        await Provider.PostAsync<JsonElement>(ManagementRoutes.Assets, new AssetDefinition { Id = product, SourceUrl = source.Urls.First() });
        object[] constraints =
        [
            .. uses is { } limit ? [new { leftOperand = "count", @operator = "lteq", rightOperand = $"{limit}" }] : Array.Empty<object>(),
            .. purpose is not null ? [new { leftOperand = "purpose", @operator = "isAnyOf", rightOperand = new[] { purpose } }] : Array.Empty<object>(),
        ];
        object[] duties = logged ? [new { action = "tds:log" }] : [];
        await Provider.PostAsync<ProductView>(ManagementRoutes.Products, new ProductDefinition
        {
            Id = product,
            AssetId = product,
            Title = product,
            Negotiation = negotiation,
            Policy = JsonSerializer.SerializeToElement(new Dictionary<string, object?>
            {
                ["@type"] = "Offer",
                ["permission"] = new[] { new { action = "use", constraint = constraints, duty = duties } },
                ["tds:meter"] = new { unit = "row", format = ScriptedSource.Type, valuesPerRecord = 1 },
                ["tds:pricePlan"] = pricePlan,
            }.Where(term => term.Value is not null).ToDictionary()),
        });
    }

    /// <summary>Publishes a product whose source answers with so many records, once.</summary>
    public async Task PublishFiniteAsync(string product, int records)
    {
        await Provider.PostAsync<JsonElement>(ManagementRoutes.Assets, new AssetDefinition { Id = product, SourceUrl = $"{source.Urls.First()}/rows/{records}" });
        await Provider.PostAsync<ProductView>(ManagementRoutes.Products, new ProductDefinition
        {
            Id = product,
            AssetId = product,
            Title = product,
            Finite = true,
            Policy = JsonSerializer.SerializeToElement(new Dictionary<string, object>
            {
                ["@type"] = "Offer",
                ["permission"] = new[] { new { action = "use" } },
                ["tds:meter"] = new { unit = "row", format = ScriptedSource.Type, valuesPerRecord = 1 },
            }),
        });
    }

    /// <summary>Asks for the contract over a product.</summary>
    public Task<NegotiationView> NegotiateAsync(string product) => Consumer.PostAsync<NegotiationView>(
        ManagementRoutes.Negotiations, new NegotiationStart { Provider = Grid, DatasetId = product, OfferId = $"offer:{product}:1" });

    /// <summary>A contract with its transfer running and an application that may use it.</summary>
    public async Task<Contract> ContractAsync(string product)
    {
        var negotiation = await NegotiateAsync(product);
        negotiation = await Consumer.GetAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationById, negotiation.Id), wait: true);
        Fail.Unless(negotiation.State == "FINALIZED", $"the negotiation is {negotiation.State}");
        var transfer = await Consumer.PostAsync<TransferView>(ManagementRoutes.Transfers, new TransferStart { AgreementId = negotiation.AgreementId! });
        transfer = await Consumer.GetAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, transfer.Id), wait: true);
        Fail.Unless(transfer.State == "STARTED", $"the transfer is {transfer.State}");
        return new Contract(negotiation.AgreementId!, await GrantAsync(negotiation.AgreementId!));
    }

    /// <summary>Lets an application use the agreement; returns its secret.</summary>
    public async Task<string> GrantAsync(string agreement) => (await Consumer.PostAsync<ApplicationCredential>(
        ManagementRoutes.Applications,
        new ApplicationGrant { Name = "forecaster", Agreements = [agreement], Purposes = ["inference"], Person = "Li Wei" })).Secret;

    public async ValueTask DisposeAsync()
    {
        foreach (var member in Members.Reverse())
        {
            await member.DisposeAsync();
        }

        await source.DisposeAsync();
        folder.Dispose();
    }

    private Member Make(string name, string program, string id, Dictionary<string, string> more) => new(
        name,
        program,
        FreePort.Find(),
        "test_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)),
        new Dictionary<string, string>(more)
        {
            ["Space:Id"] = "test-space",
            ["Participant:Id"] = id,
            ["Participant:Name"] = name,
            ["Storage:Folder"] = folder[name],
            ["Egress:AllowPrivateAddresses"] = "true",

            // What a kill left undone is tried again soon: a test waits for it.
            ["Outbox:LongestPause"] = "00:00:01",
            ["Clearing:Hold"] = program == AuthorityProgram ? "00:03:00" : "",
        }.Where(setting => setting.Value.Length > 0).ToDictionary());
}

/// <summary>A contract under which an application reads.</summary>
public sealed record Contract(string Agreement, string Secret);

/// <summary>The management interface of a member.</summary>
public static class MemberClient
{
    public static async Task<T> PostAsync<T>(this Member member, string route, object body)
    {
        using var response = await member.Client.PostAsync(new Uri(route, UriKind.Relative), JsonContent.Create(body, body.GetType(), options: ProtocolJson.Options));
        return await ReadAsync<T>(response);
    }

    /// <param name="member">Who is asked.</param>
    /// <param name="route">Route.</param>
    /// <param name="wait">Until what the route shows is at rest.</param>
    public static async Task<T> GetAsync<T>(this Member member, string route, bool wait = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, route);
        if (wait)
        {
            request.Headers.Add("Prefer", "wait=30");
        }

        using var response = await member.Client.SendAsync(request);
        return await ReadAsync<T>(response);
    }

    /// <summary>All items of a list.</summary>
    public static async Task<List<T>> ListAsync<T>(this Member member, string route)
    {
        var items = new List<T>();
        var cursor = "";
        while (true)
        {
            var page = await member.GetAsync<Page<T>>($"{route}{(route.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=200{cursor}");
            items.AddRange(page.Items);
            if (page.Next is null)
            {
                return items;
            }

            cursor = "&cursor=" + Uri.EscapeDataString(page.Next);
        }
    }

    /// <summary>Looks until the condition holds; a program that is down or has just started is asked again.</summary>
    public static async Task UntilAsync(this Member member, string what, Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(Deadline.Limit * 2);
        while (!await IsAsync(condition))
        {
            Fail.Unless(!deadline.IsCancellationRequested, $"waited {Deadline.Limit * 2} for the {member.Name} {what}");
            await member.Up.Within(member.Name + " to run");
            await Task.Yield();
        }
    }

    private static async Task<bool> IsAsync(Func<Task<bool>> condition)
    {
        try
        {
            return await condition();
        }
        catch (Exception failure) when (failure is HttpRequestException or System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? text.Length == 0 ? default! : JsonSerializer.Deserialize<T>(text, ProtocolJson.Options)!
            : throw new HttpRequestException($"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri}: {(int)response.StatusCode} {text}", null, response.StatusCode);
    }
}

/// <summary>Failures in words.</summary>
public static class Fail
{
    public static void Unless(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException(what);
        }
    }
}
