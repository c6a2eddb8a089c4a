namespace FilterGate.Proxy.Requests;

/// <summary>Sentences the gateway answers with where there is no page.</summary>
internal static class RequestMessages
{
    /// <summary>An event could not be stored: nothing goes unrecorded.</summary>
    public const string CannotRecord = "The filter cannot keep its records just now, so this page is not available. Please tell your teacher or the technician.";

    /// <summary>The address that was asked for is no address.</summary>
    public const string BadAddress = "The address is not a web address that the filter understands.";

    /// <summary>A request to the proxy's own port that is none of its pages.</summary>
    public const string IsProxy = "This is the school's internet filter. Set it as the HTTP proxy of your browser, or open http://filtergate.internal/ through it.";
}
