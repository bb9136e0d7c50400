import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { get, type Body } from "../api/client";
import { bodyOf } from "../api/queries";

export type AdminStatus = Body<"get", "/api/v1/admin/status">;

/** Milliseconds between two questions: the API looks at Kafka every five seconds, so not at every tick. */
const ASK_MS = 4_000;

export function useAdminStatus(): UseQueryResult<AdminStatus> {
  return useQuery({
    queryKey: ["admin", "status"],
    queryFn: ({ signal }) => bodyOf(get("/api/v1/admin/status", { signal })),
    refetchInterval: ASK_MS,
  });
}
