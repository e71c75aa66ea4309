using System.Diagnostics;
using TrustedDataSpace.Connector.Policies.Decisions;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Errors;
using TrustedDataSpace.Hosting.Requests;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Policies.DataApi;

/// <summary>
/// OPA's Data API over the bundle that decides here, so that a gateway that knows OPA can ask this connector. Always with a management
/// credential of the scope <c>decisions:read</c>: OPA's own default, open to whoever reaches the port, is none of ours.
/// </summary>
internal static class DataApiEndpoints
{
    private const string Area = "decisions";

    public static void MapDataApi(this IEndpointRouteBuilder app)
    {
        var group = app.MapManagement(Area).WithMetadata(new RefusalRendering(OpaError.Render), new ReadsOnly(), new ForeignParameters());
        group.MapPost(DataApiRoutes.Data, AnswerAsync);
        group.MapGet(DataApiRoutes.Data, AnswerAsync);
    }

    private static async Task<IResult> AnswerAsync(HttpContext context, string? path, IPolicyEngine engine, DecisionLog log)
    {
        var question = await DataQuestion.ReadAsync(context.Request, path);
        var asked = new DecisionEvent
        {
            Path = string.Join('/', question.Path),
            Input = question.Input?.ToJsonString(),
            RequestedBy = $"{context.Connection.RemoteIpAddress}:{context.Connection.RemotePort}",
        };
        var started = Stopwatch.GetTimestamp();
        try
        {
            var answer = Evaluate(engine, question, context.RequestAborted);
            asked = asked with { Revision = answer.Revision, Result = answer.Value?.ToJsonString(), Elapsed = Stopwatch.GetElapsedTime(started) };
            log.Add(asked);
            return new DataAnswer(question, answer, log.IsOn ? asked.Id : null, asked.Elapsed);
        }
        catch (RegoEvaluationException failure)
        {
            log.Add(asked with { Revision = engine.Revision, Error = failure.Message, Elapsed = Stopwatch.GetElapsedTime(started) });
            return TypedResults.Json(OpaError.Of(failure), statusCode: StatusCodes.Status500InternalServerError);
        }
    }

    private static DocumentAnswer Evaluate(IPolicyEngine engine, DataQuestion question, CancellationToken cancellation)
    {
        if (engine is LoggedPolicyEngine logged)
        {
            engine = logged.Inner;
        }

        if (engine is not EmbeddedPolicyEngine embedded)
        {
            throw new RefusalException(RefusalCode.Unavailable, "An OPA server decides for this connector: ask that server.");
        }

        // OPA would answer with nothing; nobody must take a connector that has just started for one whose policies are empty.
        var answer = embedded.Evaluate(question.Path, question.Input, question.Explain is not null, cancellation)
            ?? throw new RefusalException(RefusalCode.Unavailable, "No policy bundle is loaded yet.");
        return answer.Trace?.Error is { } error ? throw error : answer;
    }
}
