using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Clearing;

/// <summary>
/// Payments that a payment service confirms, signed as the specification "Standard Webhooks" 1.0 has it. A message that comes again changes
/// nothing: a settlement is paid once, and a payment in advance counts once.
/// </summary>
internal sealed class PaymentHook(SettlementSteps steps, BalanceService balances, AuthoritySettings settings, TimeProvider clock)
{
    private const string Prefix = "whsec_";
    private const string By = "payment service";
    private const int MostBytes = 16 * 1024;
    private static readonly TimeSpan Oldest = TimeSpan.FromMinutes(5);

    /// <summary>The key of a secret; null: it is none.</summary>
    public static byte[]? SecretOf(string secret)
    {
        var bytes = new byte[64];
        return secret.StartsWith(Prefix, StringComparison.Ordinal) && Convert.TryFromBase64String(secret[Prefix.Length..], bytes, out var length) && length >= 24 ? bytes[..length] : null;
    }

    /// <summary>Takes in a confirmation.</summary>
    /// <exception cref="RefusalException">Unauthenticated: not signed, wrongly or too long ago; others as <see cref="SettlementSteps.PayAsync"/> and <see cref="BalanceService.TopUpAsync"/>.</exception>
    public async Task<Results<Ok<SettlementView>, Ok<BalanceView>>> TakeAsync(HttpRequest request)
    {
        var body = await BodyAsync(request);
        Verify(request.Headers, body);
        var payment = ProtocolJson.Read<Payment>(body);
        return (payment.Settlement, payment.Agreement) switch
        {
            ({ } settlement, null) => TypedResults.Ok(await steps.PayAsync(settlement, payment, By)),
            (null, { } agreement) => TypedResults.Ok(await balances.TopUpAsync(new TopUp { Agreement = agreement, Amount = payment.Amount, Currency = payment.Currency, Reference = payment.Reference }, By)),
            _ => throw new RefusalException(RefusalCode.Malformed, "The payment names no settlement and no agreement, or both.") { Where = "$.settlement", Remedy = "Name the settlement that it pays, or the agreement whose balance it tops up." },
        };
    }

    private void Verify(IHeaderDictionary headers, byte[] body)
    {
        if (settings.Clearing.PaymentSecret is not { } secret)
        {
            throw Refuse("no payment service is registered here");
        }

        var (id, at) = (headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString());
        if (!long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            || (clock.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() > Oldest)
        {
            throw Refuse("its webhook-timestamp is not of now");
        }

        var expected = HMACSHA256.HashData(SecretOf(secret)!, (byte[])[.. Encoding.UTF8.GetBytes($"{id}.{at}."), .. body]);
        if (!headers["webhook-signature"].ToString().Split(' ').Any(signature => Matches(signature, expected)))
        {
            throw Refuse("none of its webhook-signature verifies");
        }
    }

    private static bool Matches(string signature, byte[] expected)
    {
        var given = new byte[expected.Length];
        return signature.StartsWith("v1,", StringComparison.Ordinal)
            && Convert.TryFromBase64String(signature[3..], given, out var length)
            && CryptographicOperations.FixedTimeEquals(given.AsSpan(0, length), expected);
    }

    private static async Task<byte[]> BodyAsync(HttpRequest request)
    {
        var body = new byte[MostBytes + 1];
        var length = await request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
        return length <= MostBytes ? body[..length] : throw new RefusalException(RefusalCode.TooLarge, $"A confirmation has at most {MostBytes} bytes.") { Term = "length" };
    }

    private static RefusalException Refuse(string why) => new(RefusalCode.Unauthenticated, $"The confirmation is refused: {why}.") { Term = "webhook-signature", Remedy = "Sign it as Standard Webhooks says, with the secret of this authority." };
}
