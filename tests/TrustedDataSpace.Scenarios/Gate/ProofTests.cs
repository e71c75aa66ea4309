using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Gate;

/// <summary>Proof of possession between two real connectors.</summary>
public sealed class ProofTests(SharedSpace shared) : IClassFixture<SharedSpace>
{
    private readonly TestSpace space = shared.Space;
    private readonly HttpClient thief = new();

    [Fact]
    public async Task The_consumers_connector_signs_and_one_refusal_tells_it_for_which_process()
    {
        var contract = await space.ContractAsync("signed");
        var flow = FlowOf(contract);
        Assert.NotNull(flow.Signer);
        Assert.Equal(FlowBindingKind.Key, Of<FlowKeys>(space.Provider).BindingOf(contract.Flow).Kind);
        for (var i = 0; i < 3; i++)
        {
            using var answer = await contract.UseAsync($"/x?n={i}");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.DoesNotContain(answer.Headers, header => header.Key is "Tds-Replica" or "Signature");
        }
    }

    [Fact]
    public async Task Whoever_steals_token_and_signature_gets_nothing()
    {
        var contract = await space.ContractAsync("stolen");
        using (var first = await contract.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        }

        using var good = Signed(contract);
        var (input, signature) = (good.Headers.GetValues("Signature-Input").Single(), good.Headers.GetValues("Signature").Single());
        Assert.Equal(HttpStatusCode.OK, (await thief.SendAsync(good)).StatusCode);

        using var replay = Bare(contract);
        replay.Headers.TryAddWithoutValidation("Signature-Input", input);
        replay.Headers.TryAddWithoutValidation("Signature", signature);
        Assert.Equal("nonce", await TermAsync(replay));

        using var bare = Bare(contract);
        Assert.Equal("signature", await TermAsync(bare));
        using var wrongKey = Bare(contract);
        new FlowSigner(FlowOf(contract).Signer!.Number, new byte[32]).Sign(wrongKey, Replica, Seconds);
        Assert.Equal("signature", await TermAsync(wrongKey));
    }

    [Fact]
    public async Task A_body_that_is_not_the_signed_one_never_reaches_the_source_whole()
    {
        var contract = await space.ContractAsync("bodies");
        await space.Provider.PostAsync<JsonElement>(ManagementRoutes.Assets, new AssetDefinition { Id = "bodies", SourceUrl = space.SourceUrl, Rules = new() { Methods = ["POST"] } });
        var seen = new TaskCompletionSource<string>();
        space.Source = async context =>
        {
            try
            {
                using var reader = new StreamReader(context.Request.Body);
                seen.TrySetResult(await reader.ReadToEndAsync());
            }
            catch (Exception broken) when (broken is IOException or BadHttpRequestException or OperationCanceledException)
            {
                seen.TrySetResult("broken off");
            }

            await TestSpace.Csv(context);
        };

        using var altered = Signed(contract, request =>
        {
            request.Method = HttpMethod.Post;
            request.Content = new ByteArrayContent(Encoding.ASCII.GetBytes("altered"));
            request.Content.Headers.TryAddWithoutValidation("Content-Digest", DigestedBody.HeaderFor("genuine"u8));
        });
        using var answer = await thief.SendAsync(altered);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        space.Source = TestSpace.Csv;
        Assert.True(!seen.Task.IsCompleted || await seen.Task == "broken off");
    }

    [Fact]
    public async Task A_renewal_whose_answer_is_lost_is_asked_again_and_breaks_nothing()
    {
        var contract = await space.ContractAsync("renewed");
        using (var first = await contract.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        }

        // The provider answers, and nobody hears it: whatever it issued then must not stand in the way of what comes.
        var tokens = Of<DataTokens>(space.Provider);
        var lost = Enumerable.Range(0, 3).Select(_ => tokens.Issue(contract.Flow, contract.Agreement, TestSpace.Vpp)).ToList();
        var before = FlowOf(contract);
        space.Clock.Set(space.Clock.GetUtcNow() + TimeSpan.FromMinutes(4) + TimeSpan.FromSeconds(45));
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => contract.UseAsync()));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        var after = FlowOf(contract);
        Assert.NotEqual(before.Token, after.Token);
        Assert.DoesNotContain(after.Token, lost);
        Assert.Same(before.Signer, after.Signer);

        // The token before and the lost ones go on to their own end, each with the flow's key alone.
        using var old = Signed(contract, request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", before.Token));
        Assert.Equal(HttpStatusCode.OK, (await thief.SendAsync(old)).StatusCode);
    }

    [Fact]
    public async Task A_suspended_transfer_goes_on_with_its_key_or_with_another_from_the_provider()
    {
        var contract = await space.ContractAsync("resumed");
        var first = FlowOf(contract).Signer!.ToText();
        await StepAsync(space.Consumer, contract, ManagementRoutes.TransferSuspension);
        await StepAsync(space.Consumer, contract, ManagementRoutes.TransferStarting);
        Assert.Equal(first, (await OpenAsync(contract)).Signer!.ToText());
        using (var answer = await contract.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        await space.Provider.PostAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferSuspension, contract.Flow), new Termination { Reason = "now" });
        await space.Consumer.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, contract.Transfer) + "?after=STARTED");
        await space.Provider.PostAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferStarting, contract.Flow), new { });
        await space.Consumer.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, contract.Transfer) + "?after=SUSPENDED");
        Assert.NotEqual(first, (await OpenAsync(contract)).Signer!.ToText());
        using (var answer = await contract.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    private string Replica => Of<FlowKeys>(space.Provider).Replica;

    private long Seconds => space.Clock.GetUtcNow().ToUnixTimeSeconds();

    private async Task StepAsync(HttpClient side, TestContract contract, string route)
    {
        var was = await side.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, contract.Transfer), seconds: 0);
        await side.PostAsync<TransferView>(ManagementRoutes.For(route, contract.Transfer), new Termination { Reason = "now" });
        await space.Provider.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, contract.Flow) + "?after=" + was.State);
    }

    private async Task<ConsumerFlow> OpenAsync(TestContract contract)
    {
        await space.Consumer.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, contract.Transfer) + "?after=SUSPENDED");
        return FlowOf(contract);
    }

    private ConsumerFlow FlowOf(TestContract contract) => Of<ConsumerFlows>(space.Consumer).FindOpen(contract.Agreement)!;

    private HttpRequestMessage Bare(TestContract contract)
    {
        var flow = FlowOf(contract);
        var request = new HttpRequestMessage(HttpMethod.Get, flow.Endpoint);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", flow.Token);
        request.Headers.Add("Tds-Purpose", "inference");
        return request;
    }

    private HttpRequestMessage Signed(TestContract contract, Action<HttpRequestMessage>? before = null)
    {
        var request = Bare(contract);
        before?.Invoke(request);
        FlowOf(contract).Signer!.Sign(request, Replica, Seconds);
        return request;
    }

    private async Task<string?> TermAsync(HttpRequestMessage request)
    {
        using var answer = await thief.SendAsync(request).Within("an answer");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        return (await answer.ProblemAsync()).GetProperty("term").GetString();
    }

    private T Of<T>(HttpClient side)
        where T : notnull => space.Behind(side).Services.GetRequiredService<T>();
}
