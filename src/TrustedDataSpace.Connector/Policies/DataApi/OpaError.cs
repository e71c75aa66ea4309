using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Policies.DataApi;

/// <summary>An error as OPA's API words it.</summary>
/// <param name="Code">OPA's word for the kind of error.</param>
/// <param name="Message">For people.</param>
/// <param name="Errors">What went wrong in the evaluation.</param>
internal sealed record OpaError(string Code, string Message, IReadOnlyList<OpaErrorDetail>? Errors = null)
{
    private const string InvalidParameter = "invalid_parameter";
    private const string Unauthorized = "unauthorized";
    private const string Internal = "internal_error";

    public static (int Status, object Document) Render(HttpContext context, RefusalException refusal) => (RefusalStatus.HttpStatus(refusal.Code), new OpaError(
        refusal.Code switch
        {
            RefusalCode.Unauthenticated or RefusalCode.Forbidden => Unauthorized,
            RefusalCode.Internal or RefusalCode.Unavailable => Internal,
            _ => InvalidParameter,
        },
        refusal.Message));

    public static OpaError Of(RegoEvaluationException failure) => new(
        Internal,
        "error(s) occurred while evaluating query",
        [new(failure.Code, failure.Message, new(failure.Location.File, failure.Location.Line, failure.Location.Column))]);
}

/// <summary>One thing that went wrong in an evaluation.</summary>
internal sealed record OpaErrorDetail(string Code, string Message, OpaErrorLocation Location);

/// <summary>Where.</summary>
internal sealed record OpaErrorLocation(string File, int Row, int Col);
