using System.Text.RegularExpressions;

namespace TrustedDataSpace.Authority.Clearing;

/// <summary>How use is cleared against what is paid.</summary>
public sealed partial record ClearingOptions
{
    /// <summary>Settle nothing without being told.</summary>
    public const string Never = "never";

    /// <summary>Settle each day.</summary>
    public const string Day = "day";

    /// <summary>Settle each calendar month.</summary>
    public const string Month = "month";

    /// <summary>How often agreements with a price plan are settled: <see cref="Never"/>, <see cref="Day"/> or <see cref="Month"/>. Default never.</summary>
    public string Every { get; init; } = Never;

    /// <summary>Where days and months begin, hours from UTC. Default +00:00.</summary>
    public string Offset { get; init; } = "+00:00";

    /// <summary>How long after its end a period can be settled: until then receipts may be on their way. Default 15 minutes.</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Secret that a payment service signs its confirmations with (Standard Webhooks): <c>whsec_</c> and base64 of 24 to 64 bytes. Default none: none is taken.</summary>
    public string? PaymentSecret { get; init; }

    internal TimeSpan OffsetFromUtc => TimeSpan.Parse(Offset.TrimStart('+'), System.Globalization.CultureInfo.InvariantCulture);

    internal IEnumerable<string> Problems()
    {
        if (Every is not (Never or Day or Month))
        {
            yield return $"Clearing:Every '{Every}' is neither {Never} nor {Day} nor {Month}";
        }

        if (!OffsetForm().IsMatch(Offset))
        {
            yield return $"Clearing:Offset '{Offset}' is not written like +08:00";
        }

        if (Hold < TimeSpan.FromMinutes(3) || Hold > TimeSpan.FromDays(31))
        {
            yield return "Clearing:Hold must lie between 3 minutes and 31 days";
        }

        if (PaymentSecret is not null && PaymentHook.SecretOf(PaymentSecret) is null)
        {
            yield return "Clearing:PaymentSecret is not whsec_ and base64 of 24 to 64 bytes";
        }
    }

    /// <summary>Redacted.</summary>
    public override string ToString() => $"{nameof(ClearingOptions)} {Every}";

    [GeneratedRegex(@"\A[+-](0[0-9]|1[0-4]):[0-5][0-9]\z")]
    private static partial Regex OffsetForm();
}
