using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Hosting.Requests;

/// <summary>A request with an idempotency key.</summary>
/// <param name="Caller">Who sends it: a key is the caller's own.</param>
/// <param name="Key">1 to 128 visible ASCII characters.</param>
/// <param name="Digest">Hexadecimal SHA-256 over method, target and body: what makes it the same request.</param>
internal sealed record KeyedRequest(string Caller, string Key, string Digest)
{
    /// <summary>Reads the request, and leaves its body to be read again.</summary>
    /// <exception cref="RefusalException">Malformed key.</exception>
    public static async Task<KeyedRequest> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        var keys = request.Headers[RetryRule.Header];
        var key = keys.ToString();
        if (keys.Count != 1 || key.Length is 0 or > RetryRule.LongestKey || key.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw new RefusalException(RefusalCode.Malformed, $"{RetryRule.Header} must be given once, with 1 to {RetryRule.LongestKey} visible ASCII characters.")
            {
                Where = RetryRule.Header,
                Remedy = "make a new random text for each thing to do, such as a UUID",
            };
        }

        // Bounded by the server: Listen:MaxBodyBytes.
        var body = new MemoryStream();
        await request.Body.CopyToAsync(body, context.RequestAborted);
        body.Position = 0;
        request.Body = body;
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        digest.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path.ToUriComponent()}{request.QueryString}\n"));
        digest.AppendData(body.GetBuffer(), 0, (int)body.Length);
        return new KeyedRequest(context.User.FindFirstValue(ManagementScopes.CallerClaim) ?? throw new InvalidOperationException("Nobody is known to call."), key, Convert.ToHexStringLower(digest.GetCurrentHash()));
    }
}
