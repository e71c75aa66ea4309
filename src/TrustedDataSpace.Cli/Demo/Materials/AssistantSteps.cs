using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using TrustedDataSpace.Cli.Sources;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Demo.Materials;

/// <summary>The part maker's application and the assistant, through both connectors.</summary>
internal sealed class AssistantSteps(DemoSpace space)
{
    /// <summary>Calls in all.</summary>
    public const int Calls = 640;

    /// <summary>What the assistant is asked for.</summary>
    public const string Purpose = "inference:alloy-design";

    private const string Completions = "/chat/completions";
    private const int TokensOfQuestion = 1920;
    private const int AtOnce = 4;

    // The first two are asked one by one.
    private const int AskedApart = 2;

    public async Task<string> NegotiateAsync(CancellationToken cancellation)
    {
        var agreement = space.Agreements[MaterialsDemo.Product] = await DemoSpace.AgreeAsync(space.ConsumerManagement, space.Provider.Id, MaterialsDemo.Product, cancellation);
        await space.StartTransferAsync(MaterialsDemo.Product, cancellation);
        var granted = await space.ConsumerManagement.GrantAsync(
            new ApplicationGrant { Name = "design desk", Agreements = [agreement], Purposes = [Purpose, "training"], Person = "Li Wei" }, cancellation);
        space.Secret = granted.Secret;
        return $"FINALIZED as {agreement}; transfer STARTED; one application may ask";
    }

    public async Task<string> AskPlainAsync(CancellationToken cancellation)
    {
        using var answer = JsonDocument.Parse(await AskAsync(0, streamed: false, cancellation));
        var text = answer.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
        var cited = answer.RootElement.GetProperty("retrieved").EnumerateArray().Select(chunk => chunk.GetProperty("chunk_id").GetString()!).ToList();
        Expect.Equal(ReportChunks.PerHeat, cited.Count(id => text.Contains($"[{id}]", StringComparison.Ordinal)), "pieces retrieved and cited");
        return $"“{text[..text.IndexOf('[', StringComparison.Ordinal)].Trim()}”, citing {string.Join(", ", cited)}";
    }

    public async Task<string> AskStreamedAsync(CancellationToken cancellation)
    {
        var answer = await AskAsync(1, streamed: true, cancellation);
        var events = answer.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Expect.Equal("data: [DONE]", events[^1], "the last event");
        return $"{events.Length} events: the pieces that were retrieved, the answer, the source's own count";
    }

    public Task<string> TrainingAsync(CancellationToken cancellation) =>
        Expect.RefusalAsync(HttpStatusCode.Forbidden, "purpose", async () => await ReadAsync(Question(0, streamed: false), "training", cancellation));

    public Task<string> ImageAsync(CancellationToken cancellation) => Expect.RefusalAsync(
        HttpStatusCode.UnprocessableEntity,
        "cannot be counted",
        async () => await ReadAsync(
            new { messages = new[] { new { role = "user", content = new[] { new { type = "image_url", image_url = new { url = "data:image/png;base64,AAAA" } } } } } }, Purpose, cancellation));

    public async Task<string> AskAllAsync(CancellationToken cancellation)
    {
        await Parallel.ForEachAsync(
            Enumerable.Range(AskedApart, Calls - AskedApart),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (call, stop) => await AskAsync(call, streamed: call % 2 == 1, stop));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Calls} calls, half of them streamed, each of 2,400 tokens of input, {AlloyAssistant.TokensOfAnswer} of output and {ReportChunks.PerHeat} × {ReportChunks.TokensEach} of reports");
    }

    /// <summary>Less is left of the day than one question has: the assistant is not asked.</summary>
    public Task<string> BudgetAsync(CancellationToken cancellation) => Expect.RefusalAsync(
        HttpStatusCode.Forbidden, "tokens", async () => await ReadAsync(Question(Calls, streamed: false), Purpose, cancellation));

    private async Task<string> AskAsync(int call, bool streamed, CancellationToken cancellation) => await ReadAsync(Question(call, streamed), Purpose, cancellation);

    private async Task<string> ReadAsync(object question, string purpose, CancellationToken cancellation)
    {
        using var answer = await space.Application.AskAsync(space.Agreements[MaterialsDemo.Product], Completions, question, purpose, space.Secret, cancellation);
        return Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync(cancellation));
    }

    private static object Question(int call, bool streamed) => new
    {
        model = "alloy-assistant",
        stream = streamed,
        messages = new[]
        {
            new { role = "system", content = AlloyAssistant.Instructions },
            new
            {
                role = "user",
                content = ExactText.Of(
                    string.Create(CultureInfo.InvariantCulture, $"Question {call + 1}: does heat {ReportChunks.Heat(call % ReportChunks.Heats)} reach the strength of our turbine disc? 该炉次能否用于涡轮盘？ The drawing says:"),
                    TokensOfQuestion),
            },
        },
    };
}
