using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Cli.Commands;
using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.PowerGrid;

/// <summary><c>tds up</c>: a space that keeps its state.</summary>
public sealed partial class UpTests : IDisposable
{
    private const string Product = "system_demand_48";

    private readonly TempFolder temp = new();
    private readonly HttpClient http = ServiceClient.CreateHttp();

    private string Data => temp["data"];

    private SpaceAccess Access => SpaceAccess.Load(new SpaceFolder(Data));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        http.Dispose();
        temp.Dispose();
    }

    [Fact]
    public async Task Second_start_goes_on_where_the_first_ended()
    {
        var sample = CopyOfSample();
        string agreement, secret, measured;
        await using (await RunningSpace.StartAsync(sample, Data))
        {
            agreement = await ContractAsync();
            secret = await AddApplicationAsync(agreement);
            measured = await FetchAsync(agreement, secret);
        }

        await using (await RunningSpace.StartAsync(sample, Data))
        {
            var authority = new AuthorityOperatorClient(http, Access.Authority);
            foreach (var participant in Access.Participants.Values)
            {
                Assert.Equal(ParticipantStates.Active, (await authority.FindParticipantAsync(participant.Id, Cancellation))!.State);
            }

            var products = await new ManagementClient(http, Access.Participant("grid")).ProductsAsync(Cancellation);
            Assert.Equal(3, products.Count);
            Assert.All(products, product => Assert.Equal(1, product.Version));
            Assert.Equal(measured, await FetchAsync(agreement, secret));
        }
    }

    [Fact]
    public async Task Removed_application_gets_nothing_more()
    {
        await using var space = await RunningSpace.StartAsync(CopyOfSample(), Data);
        var agreement = await ContractAsync();
        var secret = await AddApplicationAsync(agreement);
        var listed = await TdsAsync("app", "list", "--data", Data, "--participant", "vpp");
        Assert.Contains("notebook", listed, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, listed, StringComparison.Ordinal);

        await TdsAsync("app", "remove", listed.Split(' ')[0], "--data", Data, "--participant", "vpp");
        var refused = await Assert.ThrowsAsync<ServiceRefusalException>(() => FetchAsync(agreement, secret));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.Status);
    }

    [Fact]
    public async Task Port_in_use_is_named()
    {
        var sample = CopyOfSample();
        using var occupied = new TcpListener(IPAddress.Loopback, SpaceFile.Load(sample).Participants[1].Port);
        occupied.Start();
        var error = new StringWriter();
        Assert.Equal(Cli.ExitCode.CannotStart, await TdsCommand.RunAsync(["up", sample, "--data", Data], TextWriter.Null, error, Cancellation));
        Assert.Contains($"{((IPEndPoint)occupied.LocalEndpoint).Port}: the port is in use", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_of_a_running_space_is_not_started_twice()
    {
        var sample = CopyOfSample();
        await using var space = await RunningSpace.StartAsync(sample, Data);
        var error = new StringWriter();
        Assert.Equal(Cli.ExitCode.CannotStart, await TdsCommand.RunAsync(["up", sample, "--data", Data], TextWriter.Null, error, Cancellation));
        Assert.Contains("runs already", error.ToString(), StringComparison.Ordinal);
    }

    private async Task<string> ContractAsync()
    {
        var consumer = new ManagementClient(http, Access.Participant("vpp"));
        var negotiation = await consumer.NegotiateAsync(
            new NegotiationStart { Provider = Access.Participant("grid").Id, DatasetId = Product, OfferId = $"offer:{Product}:1" }, Cancellation);
        Assert.Equal(NegotiationStates.Finalized, negotiation.State);
        Assert.Equal(TransferStates.Started, (await consumer.TransferAsync(negotiation.AgreementId!, Cancellation)).State);
        return negotiation.AgreementId!;
    }

    private async Task<string> AddApplicationAsync(string agreement)
    {
        var said = await TdsAsync(
            "app", "add", "--data", Data, "--participant", "vpp", "--name", "notebook", "--person", "Li Wei", "--purpose", "inference", "--agreement", agreement);
        return said.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)[^1];
    }

    private Task<string> FetchAsync(string agreement, string secret) =>
        new ConsumeClient(http, Access.Participant("vpp")).FetchAsync(agreement, "", "inference", secret, Cancellation);

    private static async Task<string> TdsAsync(params string[] arguments)
    {
        var output = new StringWriter();
        var code = await TdsCommand.RunAsync(arguments, output, output, Cancellation);
        Assert.True(code == Cli.ExitCode.Ok, output.ToString());
        return output.ToString();
    }

    /// <summary>The sample, on ports that are free now: a fixed port is part of what a second start must find again.</summary>
    private string CopyOfSample()
    {
        var from = Samples.Folder("power-grid");
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(temp["sample"], Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var yaml = Path.Combine(temp["sample"], SpaceFile.FileName);
        var ports = new Queue<int>(FreePorts(4));
        File.WriteAllText(yaml, Port().Replace(File.ReadAllText(yaml), _ => $"port: {ports.Dequeue()}"));
        return temp["sample"];
    }

    private static List<int> FreePorts(int count)
    {
        // All are held at once, so that they differ.
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        var ports = listeners.ConvertAll(listener => ((IPEndPoint)listener.LocalEndpoint).Port);
        listeners.ForEach(listener => listener.Dispose());
        return ports;
    }

    [GeneratedRegex("port: [0-9]+")]
    private static partial Regex Port();
}
