namespace TrustedDataSpace.Protocol.Metering;

/// <summary>Whether use was for training or for inference: they are priced apart.</summary>
public static class UsagePhase
{
    /// <summary>A model was trained.</summary>
    public const string Train = "train";

    /// <summary>A model answered.</summary>
    public const string Infer = "infer";

    /// <summary>Neither.</summary>
    public const string Other = "other";

    /// <summary>The phase of a purpose: the word before the first colon decides (<c>train:ad-perception</c>).</summary>
    public static string Of(string purpose)
    {
        ArgumentNullException.ThrowIfNull(purpose);
        return purpose.Split(':')[0] switch
        {
            "train" or "training" => Train,
            "infer" or "inference" => Infer,
            _ => Other,
        };
    }
}
