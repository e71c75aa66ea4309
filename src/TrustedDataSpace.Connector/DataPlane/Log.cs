namespace TrustedDataSpace.Connector.DataPlane;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "An answer under way in flow {Flow} could not be looked at, and is cut")]
    public static partial void NotLookedAt(this ILogger logger, string flow, Exception failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "Denials of answers under way could not be kept as evidence; the answers are cut")]
    public static partial void DenialNotWritten(this ILogger logger, Exception failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "Seconds that were used under agreement {Agreement} could not be stored")]
    public static partial void NotCovered(this ILogger logger, string agreement, Exception failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "Denials of a minute that is over could not be summed up in the evidence: {Reason}")]
    public static partial void DenialsNotSummedUp(this ILogger logger, string reason);
}
