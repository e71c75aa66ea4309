namespace TrustedDataSpace.Protocol.Errors;

/// <summary>Why a request was refused. Each edge (DSP, DCP, RFC 9457) renders it in its own form.</summary>
public enum RefusalCode
{
    /// <summary>The document does not have the form its specification asks for.</summary>
    Malformed,

    /// <summary>The form is right, but this version does not support what is asked.</summary>
    Unsupported,

    /// <summary>There is something at this address, but not for this method.</summary>
    MethodNotAllowed,

    /// <summary>The body is of a media type that is not read here.</summary>
    UnsupportedMediaType,

    /// <summary>Who asks is not proven.</summary>
    Unauthenticated,

    /// <summary>Who asks is known, but may not.</summary>
    Forbidden,

    /// <summary>There is no such thing, or it is none of the asker's business.</summary>
    NotFound,

    /// <summary>It contradicts what is already recorded.</summary>
    Conflict,

    /// <summary>It has changed since the asker looked at it (RFC 9110 §13.1.1).</summary>
    PreconditionFailed,

    /// <summary>The state machine does not allow this step from the present state.</summary>
    InvalidTransition,

    /// <summary>The contract or a layer of the space's policy denies it.</summary>
    PolicyRefused,

    /// <summary>The agreed quantity is used up.</summary>
    QuotaExhausted,

    /// <summary>Whoever is asked takes no more for now (RFC 6585 §4).</summary>
    TooManyRequests,

    /// <summary>There are as many as this service keeps, and waiting makes no room: something must be taken away first.</summary>
    LimitReached,

    /// <summary>It is larger than the documented limit.</summary>
    TooLarge,

    /// <summary>A part that is needed cannot be reached now: trying again later may help.</summary>
    Unavailable,

    /// <summary>A fault of ours. Strangers learn no more than that.</summary>
    Internal,
}
