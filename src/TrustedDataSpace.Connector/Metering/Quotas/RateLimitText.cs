using System.Globalization;

namespace TrustedDataSpace.Connector.Metering.Quotas;

/// <summary>The quotas of an agreement as the two RateLimit fields have them. Used under the lock of its <see cref="AgreementCount"/>.</summary>
/// <param name="quotas">The counters; a balance is none of them.</param>
internal sealed class RateLimitText(QuotaCounter[] quotas)
{
    /// <summary>What the contract limits.</summary>
    public string Policy { get; } = string.Join(", ", quotas.Select(counter => string.Create(
        CultureInfo.InvariantCulture, $"\"{counter.Name}\";q={counter.Limit}{(counter.End == DateTimeOffset.MaxValue ? "" : $";w={(long)(counter.End - counter.Start).TotalSeconds}")}")));

    /// <summary>What is left.</summary>
    public string Limit(DateTimeOffset now)
    {
        var limit = "";
        foreach (var counter in quotas)
        {
            counter.Roll(now);
            var item = counter.End == DateTimeOffset.MaxValue
                ? string.Create(CultureInfo.InvariantCulture, $"\"{counter.Name}\";r={Math.Max(0, counter.Limit - counter.Used)}")
                : string.Create(CultureInfo.InvariantCulture, $"\"{counter.Name}\";r={Math.Max(0, counter.Limit - counter.Used)};t={Math.Max(0, (long)Math.Ceiling((counter.End - now).TotalSeconds))}");
            limit = limit.Length == 0 ? item : $"{limit}, {item}";
        }

        return limit;
    }
}
