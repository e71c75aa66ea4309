using System.Net;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Connector.Tests.Transfer;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Signatures;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane;

/// <summary>From which start to which end a key of a flow serves. As in <see cref="ProofOfPossessionTests"/>, what passes is answered 503.</summary>
public sealed class ProofLifecycleTests : IAsyncLifetime
{
    private const int Passed = 503;

    private readonly SharedFlow shared = new();

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private HeldFlow Held => shared.Flow;

    private string Replica => shared.Replica;

    public ValueTask InitializeAsync() => shared.InitializeAsync();

    public ValueTask DisposeAsync() => shared.DisposeAsync();

    [Fact]
    public async Task Token_and_key_of_one_flow_open_no_other()
    {
        var other = await HeldFlow.StartAsync(shared.Connector, shared.Agreement, "t2");
        var withTokenOfOther = Held.Call();
        withTokenOfOther.Replace("Authorization", _ => "Bearer " + other.Token);
        Assert.Equal((401, "flow"), await RefusedAsync(withTokenOfOther.Sign(Replica, Now)));
        Assert.Equal((401, "signature"), await RefusedAsync(Held.Call().Sign(Replica, Now, key: other.Key)));
        Assert.NotEqual(Held.Key, other.Key);

        var atOther = other.Call().Sign(Replica, Now);
        atOther.Replace("Authorization", _ => "Bearer " + Held.Token);
        Assert.Equal((401, "flow"), await RefusedAsync(atOther));
    }

    [Fact]
    public async Task After_a_restart_a_signature_from_before_opens_nothing_and_the_flows_key_goes_on()
    {
        var before = Replica;
        var sent = Held.Call().Sign(before, Now);
        Assert.Equal(Passed, (await sent.SendAsync()).Status);
        await shared.Connector.RestartAsync();
        var moved = Held with { Endpoint = new Uri(shared.Connector.Service<Hosting.Configuration.ServiceAddress>().Url + Held.Endpoint.AbsolutePath) };
        Assert.NotEqual(before, Replica);
        var replay = moved.Call();
        replay.Host = Held.Endpoint.Authority;
        replay.Headers.Clear();
        replay.Headers.AddRange(sent.Headers);
        var (status, term, answer) = await replay.SendAsync();
        Assert.Equal((401, "keyid"), (status, term));
        Assert.Contains("Tds-Replica: " + Replica, answer, StringComparison.Ordinal);

        // Named as the new process, but still the key of the old one.
        var renamed = moved.Call().Sign(before, Now, keyId: "1." + Replica);
        Assert.Equal((401, "signature"), await RefusedAsync(renamed));
        Assert.Equal(Passed, (await moved.Call().Sign(Replica, Now).SendAsync()).Status);
    }

    [Fact]
    public async Task A_start_by_the_provider_brings_another_key_and_the_former_one_opens_nothing()
    {
        await shared.Connector.ManageAsync<TransferView>(HttpMethod.Post, ManagementRoutes.For(ManagementRoutes.TransferSuspension, Held.Flow), new Termination { Reason = "not now" });
        await shared.Space.NextAsync();
        Assert.Equal(HttpStatusCode.OK, (await shared.Connector.StepAsync(ManagementRoutes.TransferStarting, Held.Flow)).Status);
        var next = HeldFlow.Of(shared.Space, Held.Flow, DspJson.Read<TransferStartMessage>((await shared.Space.NextAsync()).Message).DataAddress!);
        Assert.Equal(("1", "2"), (Held.Number, next.Number));
        Assert.NotEqual(Held.Key, next.Key);
        Assert.Equal((401, "cnf"), await RefusedAsync(Held.Call().Sign(Replica, Now)));
        Assert.Equal((401, "keyid"), await RefusedAsync((Held with { Token = next.Token }).Call().Sign(Replica, Now)));
        Assert.Equal(Passed, (await next.Call().Sign(Replica, Now).SendAsync()).Status);
    }

    [Fact]
    public async Task A_start_message_that_is_written_again_holds_the_same_key()
    {
        var again = await shared.Connector.Service<FlowHandover>().WriteAsync(Held.Flow, shared.Agreement, TestSpace.Peer, allowBearer: false, certificate: null, default);
        var held = HeldFlow.Of(shared.Space, Held.Flow, new DataAddress { EndpointType = DspConstants.HttpEndpointType, Endpoint = Held.Endpoint.ToString(), EndpointProperties = again });
        Assert.Equal((Held.Number, Convert.ToHexString(Held.Key)), (held.Number, Convert.ToHexString(held.Key)));
        Assert.Equal(SignatureKey.Bytes, held.Key.Length);
    }

    private static async Task<(int Status, string Term)> RefusedAsync(RawCall call)
    {
        var (status, term, _) = await call.SendAsync();
        return (status, term);
    }
}
