/* SPDX-License-Identifier: Apache-2.0 */
/* How far a step is: what the journal records, the engine goes by and the displays show. */
#ifndef RUNBOOK_STEP_STATE_H
#define RUNBOOK_STEP_STATE_H

/* STATE(enumerator, name in journal and JSON, name in Japanese) */
#define STEP_STATES(STATE)                                                                         \
	STATE(TODO, "todo", "未着手")	    /* nothing of it was begun */                          \
	STATE(DOING, "doing", "作成中")	    /* do began */                                         \
	STATE(MADE, "made", "確認待ち")	    /* do is done; not verified yet */                     \
	STATE(HELD, "held", "完了")	    /* verified */                                         \
	STATE(FAILED, "failed", "失敗")	    /* do or verify failed */                              \
	STATE(STALE, "stale", "要確認")	    /* something that it embeds was replaced */            \
	STATE(UNDOING, "undoing", "削除中") /* undo began */                                       \
	STATE(UNDONE, "undone", "削除済み") /* nothing of it is left */

enum step_state {
#define STEP_STATE_ENUM_(name, label, ja) STEP_##name,
	STEP_STATES(STEP_STATE_ENUM_)
#undef STEP_STATE_ENUM_
};
enum { STEP_STATES_N = STEP_UNDONE + 1 };
const char *step_state_name(enum step_state s);

/* What a check of a step found. */
enum verdict {
	VERDICT_HOLDS,
	VERDICT_PENDING,
	VERDICT_DIFFERS,
	VERDICT_MISSING,
	VERDICT_BLOCKED, /* a step that it needs does not hold; never a pass's own word */
};
const char *verdict_name(enum verdict v);

#endif
